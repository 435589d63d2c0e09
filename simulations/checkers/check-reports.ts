import { isDeepStrictEqual } from 'node:util'
import type { CborItem } from './read-cbor.ts'
import type { Evidence, Violation } from './evidence.ts'
import type { WireEntry } from './wire-history.ts'

/**
 * Promise 3, the other half of `checkCommits`: what the journal counts was truly said. Each report in it is one that
 * the node of that name sent over a link of its own, word for word, before it was recorded.
 */
export function checkReports({ records, wire }: Evidence): Violation[] {
  const said = new Map<string, WireEntry[]>()
  const owners = ownersOf(wire)
  for (const entry of wire) {
    if (!entry.isSent || entry.t !== 'report') continue
    const key = `${entry.from} ${String(entry.body['seq'])}`
    said.set(key, [...(said.get(key) ?? []), entry])
  }
  return records.flatMap(({ record, atMs, inputs }) =>
    inputs.flatMap(({ route, body }) => {
      if (route !== 'report') return []
      const node = String(body['node'])
      const isTrue = [...(owners.get(node) ?? [])].some(machine =>
        (said.get(`${machine} ${String(body['seq'])}`) ?? []).some(
          entry => entry.atMs <= atMs && isSame(entry.body['groups'], body['groups']),
        ),
      )
      if (isTrue) return []
      const what = `record ${record.seq} has a report of ${node} that it never sent (${String(body['seq'])})`
      return [{ promise: 3, what }]
    }),
  )
}

/** Machines that were given a node's name. */
function ownersOf(wire: readonly WireEntry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>()
  for (const { isSent, t, to, body } of wire) {
    if (!isSent || t !== 'redeemed') continue
    const node = String(body['name'])
    owners.set(node, (owners.get(node) ?? new Set()).add(to))
  }
  return owners
}

/** An absent reason is as good as none. */
function isSame(sent: CborItem | undefined, recorded: unknown): boolean {
  return isDeepStrictEqual(plain(sent), plain(recorded))
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}
