import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import type { StateView } from '../../runtime/kernel/kernel-state.ts'
import type { FoldLedger } from './fold-ledger.ts'

/** Lists and counts of a view hold what the ledger holds, in the order of addresses. */
export function viewProblems(view: StateView, ledger: FoldLedger, kinds: Iterable<string>): string[] {
  return [...kinds].flatMap(kind => {
    const wanted = ledger.ofKind(kind)
    const broken: string[] = []
    if (!isSame(view.list(kind), wanted)) broken.push(`the list of ${kind} is not what there is`)
    if (view.count(kind) !== wanted.length)
      broken.push(`${wanted.length} of ${kind} count as ${view.count(kind)}`)
    const middle = wanted[wanted.length >> 1]?.address
    const prefix = middle?.slice(0, middle.lastIndexOf('/') + 1) ?? `${kind}/`
    const below = wanted.filter(({ address }) => address.startsWith(prefix))
    if (!isSame(view.listBelow(prefix), below)) broken.push(`the list below ${prefix} is not what there is`)
    return broken
  })
}

function isSame(listed: readonly ActorRecord[], wanted: readonly ActorRecord[]): boolean {
  return listed.length === wanted.length && listed.every((record, index) => record === wanted[index])
}
