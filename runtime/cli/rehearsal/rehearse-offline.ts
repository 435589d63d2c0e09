import { availableParallelism } from 'node:os'
import { builtInPolicies } from '../../../policies/built-in.ts'
import { parseManifests } from '../../manifest/parse-manifests.ts'
import { offlineTopology } from '../../rehearsals/offline-topology.ts'
import type { RehearsalOutcome } from '../../rehearsals/rehearsal-outcome.ts'
import { REHEARSAL_HORIZON_MS, type RehearsalSpec } from '../../rehearsals/rehearsal-spec.ts'
import type { RehearsalReport } from '../../rehearsals/rehearsal-report.ts'
import { reportOf } from '../../rehearsals/report-of.ts'
import { processNotes, refuseWithoutProcesses } from '../../rehearsals/struck-processes.ts'
import { Tally } from '../../rehearsals/tally.ts'
import { readManifests } from '../manifest-files.ts'
import { programVersion } from '../program-version.ts'
import type { RehearseWish } from './rehearse-flags.ts'
import { createWorkerRehearser } from './worker-rehearser.ts'

export interface OfflinePlay {
  /** Ends it early: the report is then of the seeds that were played so far. */
  readonly signal: AbortSignal
  onOutcome(outcome: RehearsalOutcome, tally: Tally): void
}

/** Plays the manifests on a cluster made up from them, in threads of this machine; no central is asked. */
export async function rehearseOffline(
  files: readonly string[],
  wish: RehearseWish & { readonly nodes: number },
  { signal, onOutcome }: OfflinePlay,
): Promise<RehearsalReport> {
  const known = new Map([...builtInPolicies].map(([name, { options }]) => [name, options]))
  const documents = parseManifests(await readManifests(files), known)
  const { nodes, processes, policy, faults, rejectShare, slowP99Ms, seeds } = wish
  const made = offlineTopology(documents, { nodes, processes, ...(policy === undefined ? {} : { policy }) })
  const spec: RehearsalSpec = { ...made, faults, rejectShare, slowP99Ms, horizonMs: REHEARSAL_HORIZON_MS }
  refuseWithoutProcesses(spec)
  const tally = new Tally()
  await createWorkerRehearser(wish.jobs ?? availableParallelism()).play(spec, seeds, {
    signal,
    onOutcome(outcome) {
      tally.add(outcome)
      onOutcome(outcome, tally)
    },
  })
  const notes = processNotes(spec)
  return reportOf(tally, { spec, seeds, version: programVersion(), limits: wish.limits, notes })
}
