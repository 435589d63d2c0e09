import test from 'ava'
import type { ProgramLife } from '../world/program-life.ts'
import { checkTransfers } from './check-transfers.ts'
import { evidenceOf } from './evidence.test.kit.ts'
import type { Evidence } from './evidence.ts'
import type { LinkEntry } from './link-history.ts'

const ends = { fromMs: 0, toMs: undefined, end: undefined, stands: [] }
const CENTRAL: ProgramLife = { name: 'central', machine: 'central', ...ends }
const AGENT: ProgramLife = { name: 'n1/agent', machine: 'n1', ...ends }
const PIECE = 64 * 1024
const SIZE = PIECE + 100

function entry(atMs: number, what: LinkEntry['what'], t: string, link: number, body: object = {}): LinkEntry {
  return { atMs, what, by: AGENT, other: CENTRAL, link, t, body } as LinkEntry
}

const fetch = (atMs: number, link: number, digest = 'd1', offset = 0) =>
  entry(atMs, 'sent', 'fetch', link, { digest, offset })
const chunk = (atMs: number, offset: number) =>
  entry(atMs, 'got', 'chunk', 1, { digest: 'd1', offset, sizeBytes: SIZE })
const END = entry(2_000, 'end', '', 1)
const WELCOME = entry(3_000, 'got', 'welcome', 2)

function judged(links: readonly LinkEntry[], given: Partial<Evidence> = {}): string[] {
  return checkTransfers(evidenceOf({ links, endMs: 100_000, ...given })).map(({ what }) => what)
}

test('what did not come in full is asked for again on the next link', t => {
  t.deepEqual(judged([fetch(1_000, 1), END, WELCOME, fetch(3_001, 2)]), [])
  t.regex(judged([fetch(1_000, 1), END, WELCOME])[0] ?? '', /welcomed on link 2 .* does not ask again for d1/)
  t.is(judged([fetch(1_000, 1), chunk(1_100, 0), END, WELCOME]).length, 1)
  t.deepEqual(judged([fetch(1_000, 1), chunk(1_100, 0), END, WELCOME, fetch(3_001, 2, 'd1', PIECE)]), [])
  t.is(judged([fetch(1_000, 1), END, WELCOME, fetch(9_000, 2)]).length, 1, 'much later is too late')
})

test('what came, was refused, or waits for its turn is not', t => {
  t.deepEqual(judged([fetch(1_000, 1), chunk(1_100, 0), chunk(1_200, PIECE), END, WELCOME]), [])
  const refused = entry(1_100, 'got', 'refused', 1, { about: 'd1' })
  t.deepEqual(judged([fetch(1_000, 1), refused, END, WELCOME]), [])
  const three = ['d1', 'd2', 'd3'].map(digest => fetch(1_000, 1, digest))
  t.deepEqual(judged([...three, END, WELCOME, fetch(3_001, 2, 'd1'), fetch(3_001, 2, 'd2')]), [])
})

test('a link that is gone again, a disk that fails, and peers who may have given it are excuses', t => {
  const lost = [fetch(1_000, 1), END, WELCOME]
  t.deepEqual(judged([...lost, entry(3_500, 'end', '', 2)]), [])
  const fault = { id: 'f', atMs: 0, kind: 'failing-disk', machine: 'n1', code: 'EIO', forMs: 1 } as const
  t.deepEqual(judged(lost, { spans: [{ fault, fromMs: 2_900, toMs: 4_000 }] }), [])
  const topology = { groups: [], nodes: [], gossip: 'lan' } as const
  t.is(judged(lost, { topology }).length, 1, 'no peer is asked so soon')
  const late = [fetch(1_000, 1), END, entry(30_000, 'got', 'welcome', 2)]
  t.deepEqual(judged(late, { topology }), [])
})
