import type { StoryRecord } from './tell-story.ts'

/** Inputs, events and actors that a line names; the rest is counted. */
export const NAMED_MAX = 6

/**
 * A record as one line: sequence, time, who asked for what, the events, the actors that changed their state. `-` is
 * an actor that was not there, or is gone.
 *
 *     42  2026-01-31T12:00:00.000Z  key/admin rollback  group.rolling  job/j1: - -> running
 */
export function storyLine(record: StoryRecord, seqWidth = 6): string {
  const { seq, at, inputs, events, changes, touched, actor } = record
  const who = counted(
    inputs.map(({ by, route, about }) => `${by} ${route}${about === undefined ? '' : ` ${about}`}`),
  )
  const what = counted(events.filter(({ type }) => type !== 'audit').map(({ type }) => type))
  const moved = changes.map(({ address, from, to }) => `${address}: ${from ?? '-'} -> ${to ?? '-'}`)
  if (actor !== undefined) return `${start(seq, seqWidth, at)}  ${who}  ${what}  ${beforeAndAfter(actor)}`
  const rest = touched === 0 ? [] : [`${touched} more touched`]
  return `${start(seq, seqWidth, at)}  ${who}  ${what}  ${[...named(moved), ...rest].join('; ') || '-'}`
}

function start(seq: number, width: number, at: string | null): string {
  return `${String(seq).padStart(width)}  ${at ?? '-'.padEnd(24)}`
}

function beforeAndAfter({ before, after }: NonNullable<StoryRecord['actor']>): string {
  const [was, is] = [before?.state ?? '-', after?.state ?? '-']
  const states = was === is ? is : `${was} -> ${is}`
  // Of an actor that begins or ends everything changes: its state says enough.
  if (before === null || after === null) return states
  return [states, ...named(changedFields(members(before.context), members(after.context)))].join('; ')
}

function changedFields(then: Members, now: Members): readonly string[] {
  const fields = new Set([...Object.keys(then), ...Object.keys(now)])
  return [...fields].sort().flatMap(field => {
    const [was, is] = [then[field], now[field]].map(value => JSON.stringify(value))
    return was === is ? [] : [`${field}: ${brief(was)} -> ${brief(is)}`]
  })
}

type Members = Readonly<Record<string, unknown>>

function members(value: unknown): Members {
  return value === null || typeof value !== 'object' ? {} : (value as Members)
}

/** Characters of one value on a line; `-o json` has all of it. */
const VALUE_CHARS_MAX = 60

function brief(text: string | undefined): string {
  if (text === undefined) return '-'
  return text.length <= VALUE_CHARS_MAX ? text : `${text.slice(0, VALUE_CHARS_MAX - 1)}…`
}

/** Repetitions are counted, in the order in which each came first. */
function counted(items: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  const texts = [...counts].map(([item, count]) => (count === 1 ? item : `${item} x${count}`))
  return named(texts).join(', ') || '-'
}

function named(items: readonly string[]): readonly string[] {
  return items.length <= NAMED_MAX
    ? items
    : [...items.slice(0, NAMED_MAX), `${items.length - NAMED_MAX} more`]
}
