import { hash as digestOf } from 'node:crypto'
import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import type { Effect, KernelState } from '../../runtime/kernel/kernel-state.ts'

/** What a central held in memory at one moment: as one number, with the record that it had folded last. */
export interface Portrait {
  readonly atMs: number
  readonly seq: number
  /** Of that record: a restore may have put another one in its place. */
  readonly recordHash: string
  readonly digest: string
  readonly occasion: 'opened' | 'led' | 'last'
}

/** Digests of what actors were written out as before. An actor that moves becomes another record. */
export type ActorTexts = WeakMap<ActorRecord, string>

/**
 * All that a state holds, as one number, read member by member. What `texts` knows is not read again: a record that
 * somebody changed in its place is noticed without them alone.
 */
export function portraitDigest(state: KernelState, texts: ActorTexts = new WeakMap()): string {
  const effects = [...state.effects().values()].toSorted(byKey)
  let text = plainText({ position: state.position, effects, ended: state.allEnded() })
  for (const record of state.actors()) text += digestOfActor(record, texts)
  return digestOf('sha256', text)
}

function digestOfActor(record: ActorRecord, texts: ActorTexts): string {
  const known = texts.get(record)
  if (known !== undefined) return known
  const digest = digestOf('sha256', plainText(portraitOfActor(record)), 'base64')
  texts.set(record, digest)
  return digest
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
  let text = '{'
  for (const name of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[name]
    if (member !== undefined) text += `${JSON.stringify(name)}:${plainText(member)},`
  }
  return `${text}}`
}

function byKey(a: Effect, b: Effect): number {
  return a.key < b.key ? -1 : 1
}
