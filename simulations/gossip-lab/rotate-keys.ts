import { pollUntil } from '../kit/poll-until.ts'
import type { Answer, OurPack } from './our-pack.ts'
import { FIRST_KEY } from './member-words.ts'

/** Long enough for every member to have heard every other since a step began: one probe each, and the odd one more. */
const STEP_TIMEOUT_MS = 300_000
const LOAD_EVERY_MS = 200

export interface RotationOutcome {
  /** Packets that were refused for their key after everybody had begun to use the new one. */
  readonly refusedAfterUse: number
  /** Packets that did not verify, from the first step to the last. */
  readonly unsealed: number
}

/**
 * Install, use, remove, each everywhere before the next, while every member broadcasts. A step is through when every
 * member has heard it from every peer that it has heard at all since.
 */
export async function rotateKeys(pack: OurPack): Promise<RotationOutcome> {
  const before = await countersOf(pack)
  pack.command({ do: 'load', everyMs: LOAD_EVERY_MS })
  await step(pack, 'install', 'second', 'sameKeys')
  const installed = await countersOf(pack)
  await step(pack, 'use', 'second', 'samePrimary')
  await step(pack, 'remove', FIRST_KEY, 'sameKeys')
  pack.command({ do: 'load', everyMs: 0 })
  const after = await countersOf(pack)
  return {
    refusedAfterUse: after.unknownKey - installed.unknownKey,
    unsealed: after.unsealed - before.unsealed,
  }
}

async function step(
  pack: OurPack,
  how: 'install' | 'use' | 'remove',
  key: string,
  count: 'sameKeys' | 'samePrimary',
): Promise<void> {
  pack.command({ do: how, key })
  const beganMs = performance.now()
  const others = pack.members.length - 1
  const isThrough = (answer: Answer): boolean =>
    answer.type === 'ROTATION' && answer.rotation.peers === others && answer.rotation[count] === others
  await pollUntil(
    `the step ${how} is through everywhere`,
    async () => (await pack.ask({ do: 'rotation', withinMs: performance.now() - beganMs })).every(isThrough),
    { timeoutMs: STEP_TIMEOUT_MS },
  )
}

async function countersOf(
  pack: OurPack,
): Promise<{ readonly unknownKey: number; readonly unsealed: number }> {
  const answers = await pack.ask({ do: 'stats' })
  const refused = answers.flatMap(answer => (answer.type === 'STATS' ? [answer.stats.channel.refused] : []))
  return {
    unknownKey: refused.reduce((sum, each) => sum + each['unknown-key'], 0),
    unsealed: refused.reduce((sum, each) => sum + each.unsealed, 0),
  }
}
