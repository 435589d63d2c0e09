import { isDeepStrictEqual } from 'node:util'
import { POISON } from '../faults/poison-input.ts'
import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import { deadlineProblems } from './deadline-law.ts'
import { type FoldedInput, kindsOf } from './fold-ledger.ts'

type Law = (folded: FoldedInput) => readonly string[]

/**
 * What the fold of one input may never do, whatever the charts say: told from what was there before and after
 * it. Each law answers what breaks it.
 */
export const FOLD_LAWS: readonly Law[] = [faults, timers, deadlineProblems, effects, lives, endings]

/** Only what was made to fault does, and leaves no trace but its report and that it was refused. */
function faults({ body, outputs, changed, before, after }: FoldedInput): string[] {
  if (!outputs.some(({ type }) => type === 'input.faulted')) return []
  if (!isPoison(body)) return [`an ordinary input faulted: ${JSON.stringify(outputs)}`]
  const isQuiet = changed.length === 0 && isDeepStrictEqual(new Map(after.effects()), before.effects)
  const told = outputs.filter(({ type, data }) => type !== 'audit' || data['outcome'] !== 'refused')
  const lone = told.length === 1 ? [] : ['an input that faulted told something else, too']
  return isQuiet ? lone : [`an input that faulted changed ${changed.join() || 'the outbox'}`, ...lone]
}

/** Of a made-up declaration, as `POISON` marks it. */
function isPoison(body: FoldedInput['body']): boolean {
  return (body as { readonly action?: string }).action === POISON
}

/** A timer that is not due does nothing; one that is due is spent. */
function timers({ route, body, at, before, after, changed, outputs }: FoldedInput): string[] {
  if (route !== 'timer') return []
  const { address, timer } = body as { readonly address: ActorRecord['address']; readonly timer: string }
  const due = before.actors.get(address)?.deadlines[timer]
  if (due === undefined || due.dueMs > at.timeMs)
    return changed.length + outputs.length === 0 ? [] : [`${timer} of ${address} fired, which is not due`]
  const next = after.get(address)?.deadlines[timer]
  return next === undefined || next.dueMs > at.timeMs ? [] : [`${timer} of ${address} fired and is still due`]
}

/** What is owed stays owed until its own result comes, and leaves with it. */
function effects({ route, body, at, before, after, changed, outputs }: FoldedInput): string[] {
  const held = after.effects()
  const key = route === 'effect' ? (body as { readonly key: string }).key : undefined
  const broken: string[] = []
  if (key !== undefined && !before.effects.has(key) && changed.length + outputs.length > 0)
    broken.push(`the result of ${key}, which nobody waits for, changed ${changed.join()}`)
  for (const [name, effect] of before.effects) {
    const next = held.get(name)
    if (name === key ? next !== undefined && next.sinceSeq !== at.seq : next !== effect)
      broken.push(`${name} is ${next === undefined ? 'owed no longer' : 'still owed'}`)
  }
  for (const [name, { sinceSeq, key: own }] of held)
    if (own !== name || (!before.effects.has(name) && sinceSeq !== at.seq))
      broken.push(`${name} is owed since ${sinceSeq}, as ${own}`)
  if (after.effectCount() !== held.size) broken.push(`${held.size} effects count as ${after.effectCount()}`)
  return broken
}

/**
 * An actor that ended stays as it was, or is born anew; a living one keeps the chart that it was born with.
 */
function lives({ at, before, after, changed }: FoldedInput): string[] {
  return changed.flatMap(address => {
    const [old, now] = [before.actors.get(address), after.get(address)]
    if (now === undefined || now === old) return []
    const broken: string[] = []
    if (now.address !== address) broken.push(`${now.address} is kept as ${address}`)
    if (now.changedSeq !== at.seq) broken.push(`${address} was changed now, and says in ${now.changedSeq}`)
    if (old === undefined) return broken
    const [wasDone, isDone] = [old.snapshot.status === 'done', now.snapshot.status === 'done']
    if (wasDone && isDone && !isBornAnew(old, now)) broken.push(`${address} had ended, and changed`)
    if (!wasDone && now.machine.chart.name !== old.machine.chart.name)
      broken.push(`${address} became another chart while it lived`)
    return broken
  })
}

/** One that ends in the record of its own birth: its context was made anew. */
function isBornAnew(old: ActorRecord, now: ActorRecord): boolean {
  return !isDeepStrictEqual(old.snapshot.context, now.snapshot.context)
}

/**
 * Of each kind the newest that ended stay readable, in the order in which they did, as many as the chart
 * says.
 */
function endings({ before, after, changed }: FoldedInput): string[] {
  return [...kindsOf(changed)].flatMap(kind => {
    const listed = after.ended(kind)
    const was = before.ended.get(kind) ?? []
    const broken: string[] = []
    const gone = was.filter(address => !listed.includes(address))
    for (const address of new Set([...listed, ...changed])) {
      const record = after.get(address)
      const hasEnded = record?.snapshot.status === 'done'
      // One that was removed together with its group may still be named.
      const isThere = address.startsWith(`${kind}/`) && record !== undefined
      if (isThere && hasEnded !== listed.includes(address))
        broken.push(`${address} ${hasEnded ? 'has ended and is not' : 'is'} among those that ended`)
      const max = record?.machine.chart.retain ?? 0
      if (hasEnded && listed.length > max) broken.push(`${listed.length} that ended are kept of ${kind}`)
      if (hasEnded && gone.some(other => after.get(other) === undefined) && listed.length < max)
        broken.push(`${gone.join()} was let go of while there was room`)
    }
    const kept = was.filter(address => listed.includes(address))
    if (!isDeepStrictEqual(listed.slice(0, kept.length), kept) && gone.length === 0)
      broken.push(`the order of those that ended of ${kind} has changed`)
    return broken
  })
}
