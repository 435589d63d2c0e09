import { createHash } from 'node:crypto'
import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import type { Effect, KernelState } from '../../runtime/kernel/kernel-state.ts'

/** What a central held in memory at one moment: as one number, with the record that it had folded last. */
export interface Portrait {
  readonly atMs: number
  readonly seq: number
  /** Of that record: a restore may have put another one in its place. */
  readonly recordHash: string
  readonly digest: string
  readonly occasion: 'opened' | 'led'
}

/** All that a state holds, as one number, read member by member. */
export function portraitDigest(state: KernelState): string {
  const actors = [...state.actors()].map(portraitOfActor)
  const effects = [...state.effects().values()].toSorted(byKey)
  const held = { position: state.position, actors, effects, ended: state.allEnded() }
  return createHash('sha256').update(plainText(held)).digest('hex')
}

/**
 * What of an actor is state: what its stored form forgets would be forgotten on both sides of a comparison of
 * bytes.
 */
export function portraitOfActor({ address, machine, snapshot, deadlines, changedSeq }: ActorRecord): object {
  const { value, context, status } = snapshot
  return { address, chart: machine.chart.name, value, context, status, deadlines, changedSeq }
}

/** Text in which the order of members is of no account, and one that is undefined is not there. */
export function plainText(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (value instanceof Uint8Array) return `h'${Buffer.from(value).toString('hex')}'`
  if (Array.isArray(value)) return `[${value.map(plainText).join()}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${plainText(member)}`).join()}}`
}

function byKey(a: Effect, b: Effect): number {
  return a.key < b.key ? -1 : 1
}
