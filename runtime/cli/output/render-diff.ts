import type { DiffView, EntryDiff } from '../../engine/control.ts'
import type { CliIo } from '../cli-io.ts'

/** A diff as people read it: declared sets first, then what changes for the processes of each group. */
export function renderDiff(diff: DiffView, io: CliIo): string {
  const parts = [
    ...diff.sets.map(({ path, changes }) => section(`configset${path}`, changes, io)),
    ...diff.groups.map(({ group, changes }) => section(`group/${group} (effective)`, changes, io)),
  ].filter(part => part !== '')
  if (parts.length > 0) return parts.join('')
  return diff.changed ? 'only metadata differs\n' : 'nothing differs\n'
}

function section(title: string, changes: readonly EntryDiff[], io: CliIo): string {
  if (changes.length === 0) return ''
  const head = [io.paint('bold', `--- ${title}`), io.paint('bold', `+++ ${title}`)]
  return [...head, ...changes.flatMap(change => lines(change, io))].map(line => `${line}\n`).join('')
}

function lines({ key, op, before, after, from }: EntryDiff, io: CliIo): string[] {
  const origin = from === undefined ? '' : io.paint('dim', `  # ${from}`)
  const removed = io.paint('red', `-${key}: ${JSON.stringify(before)}`)
  const added = io.paint('green', `+${key}: ${JSON.stringify(after)}`) + origin
  if (op === 'added') return [added]
  return op === 'removed' ? [removed] : [removed, added]
}
