import type { MemberLife } from '../cluster/gossip-log.ts'
import type { GossipStep } from '../cluster/gossip-tape.ts'
import type { Evidence, Violation } from './evidence.ts'
import { GossipDuties } from './gossip-duties.ts'
import { GossipGround } from './gossip-ground.ts'
import { GossipModel } from './gossip-model.ts'
import { GossipProbes } from './gossip-probes.ts'
import { GOSSIP_PROMISES } from './gossip-promises.ts'

/** Of one run: more of the same says no more. */
const TOLD_MAX = 20

/**
 * Promise 10, step by step: what each member of gossip makes of what it hears. It is judged by a model of its own, from
 * the packets that were opened for it, in the member's own time; so no fault of network or clock is an excuse.
 */
export function checkGossipSteps({ gossip, topology }: Evidence): Violation[] {
  const promise = GOSSIP_PROMISES[topology.gossip ?? 'lan']
  const ground = new GossipGround()
  const judges = new Map<MemberLife, Judge>()
  const violations: Violation[] = []
  for (const step of gossip.steps) {
    const { observer, atMs } = step
    ground.take(step)
    let judge = judges.get(observer)
    if (judge === undefined) {
      const model = new GossipModel(ground, promise)
      const probes = new GossipProbes(ground, model, promise)
      judge = { model, probes, duties: new GossipDuties(model, promise), isOver: false }
      judges.set(observer, judge)
    }
    for (const what of judge.isOver ? [] : wrongIn(step, ground, judge))
      violations.push({ promise: 10, what: `${observer.machine} ${what}, at ${(atMs / 1_000).toFixed(3)} s` })
    // Its farewell is out: it takes part in nothing any more.
    judge.isOver ||= step.events.some(({ type }) => type === 'SELF_LEFT')
    if (violations.length >= TOLD_MAX) break
  }
  return violations
}

interface Judge {
  readonly model: GossipModel
  readonly duties: GossipDuties
  readonly probes: GossipProbes
  isOver: boolean
}

function wrongIn(step: GossipStep, ground: GossipGround, { model, duties, probes }: Judge): string[] {
  const isForged = !ground.isGenuine(step)
  return [
    ...(isForged ? [`takes a ${told(step.input)} that was not sent to it so often`] : []),
    ...duties.take(step),
    ...probes.take(step),
    ...model.take(step),
  ]
}

function told(input: GossipStep['input']): string {
  return input.kind === 'message' ? `${input.message.kind} of ${input.from.id}` : input.kind
}
