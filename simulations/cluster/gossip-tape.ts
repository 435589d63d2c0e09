import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { Input } from '../../runtime/gossip/core/inputs.ts'
import type { Member } from '../../runtime/gossip/core/member.ts'
import type { MemberRecord } from '../../runtime/gossip/core/member-record.ts'
import type { Output } from '../../runtime/gossip/core/outputs.ts'
import type { Program } from '../world/program.ts'
import type { MemberLife } from './gossip-log.ts'

/** What one member holds of another before and after a step; undefined is nothing. */
export interface RecordChange {
  readonly id: string
  readonly before: MemberRecord | undefined
  readonly after: MemberRecord | undefined
}

/** All that happened to one member at one moment: what it was told, and what it made of it. */
export interface GossipStep {
  /** True time; that of the member's own clock is in the input. */
  readonly atMs: number
  readonly observer: MemberLife
  readonly input: Input
  readonly outputs: readonly Output[]
  readonly events: readonly MemberEvent[]
  readonly changes: readonly RecordChange[]
  /** Those of the outputs that are lies. */
  readonly forged: readonly Output[]
  /** Its own, afterwards. */
  readonly incarnation: number
}

export interface StepListener {
  readonly take: (step: GossipStep) => void
  /** What the member's machine says beside what its core wants. */
  readonly forge: () => readonly Output[]
}

/**
 * Listens to a member from now on, between its core and its host: packets are opened and not sealed yet there. Records
 * are replaced and never changed, so what differs is seen at once. What a program does after its end is not heard.
 */
export function recordSteps(
  program: Program,
  observer: MemberLife,
  member: Member,
  { forge, take }: StepListener,
): void {
  const { world } = program.machine
  const step = member.step.bind(member)
  const held = new Map<string, MemberRecord>()
  let writes = -1
  member.step = (input: Input) => {
    const result = step(input)
    if (!program.isAlive) return result
    const { events } = result
    const forged = forge()
    const outputs = [...result.outputs, ...forged]
    const changes = member.writes === writes ? NO_CHANGES : changesSince(held, member)
    writes = member.writes
    const { incarnation } = member.self
    take({ atMs: world.nowMs, observer, input, outputs, events, changes, forged, incarnation })
    return { ...result, outputs }
  }
}

const NO_CHANGES: readonly RecordChange[] = []

/** What a member holds otherwise than `held` says, which says so afterwards. */
function changesSince(held: Map<string, MemberRecord>, member: Member): readonly RecordChange[] {
  const changes: RecordChange[] = []
  let count = 0
  for (const after of member.records()) {
    count++
    const { id } = after
    const before = held.get(id)
    if (before === after) continue
    changes.push({ id, before, after })
    held.set(id, after)
  }
  if (count === held.size) return changes
  const ids = new Set([...member.records()].map(({ id }) => id))
  for (const [id, before] of held) {
    if (ids.has(id)) continue
    changes.push({ id, before, after: undefined })
    held.delete(id)
  }
  return changes
}
