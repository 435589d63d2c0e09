import { builtInPolicies } from '../../policies/built-in.ts'
import type { Control } from '../engine/control.ts'
import type { Leader } from '../engine/leader.ts'
import { parseManifests } from '../manifest/parse-manifests.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { Rehearsals } from '../rehearsals/rehearsals.ts'
import type { Rehearser } from '../rehearsals/rehearser.ts'
import { newId } from './new-id.ts'
import { rehearsalScene } from './reads/rehearsal-scene.ts'

interface Options {
  readonly rehearser?: Rehearser
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly version: string
}

/**
 * The rehearsals of this central: the cluster that they play on is what its journal knows at their beginning.
 */
export function openRehearsals(
  { rehearser, clock, random, logger, version }: Options,
  leader: Leader,
  control: Control,
): Rehearsals | undefined {
  if (rehearser === undefined) return undefined
  const optionsOf = new Map([...builtInPolicies].map(([name, policy]) => [name, policy.options]))
  return new Rehearsals({
    rehearser,
    clock,
    logger,
    version,
    newId: () => newId(clock, random),
    async sceneOf(sources, principal) {
      const documents = parseManifests(sources, optionsOf)
      const diff = await control.diff(sources, { principal, scopes: ['admin'] })
      return rehearsalScene(leader.view, documents, diff)
    },
  })
}
