import { createHash } from 'node:crypto'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { JournalRecord } from '../../runtime/journal/journal.ts'
import { GENESIS } from '../../runtime/journal/record-hash.ts'
import type { Evidence, ReadRecord } from './evidence.ts'
import type { WireEntry } from './wire-history.ts'

/** Evidence of a run in which nothing happened but what is given. */
export function evidenceOf(given: Partial<Evidence>): Evidence {
  const none = {
    records: [],
    restores: [],
    answers: [],
    operations: [],
    repetitions: [],
    wire: [],
    links: [],
    rebuilt: [],
    spans: [],
  }
  const quiet = {
    portraits: [],
    complaints: [],
    failures: [],
    gossip: { lives: [], sightings: [], steps: [] },
    programs: [],
    endMs: 0,
  }
  const empty = {
    topology: { groups: [], nodes: [] },
    blobs: new Map(),
    replies: [],
    steps: [],
    received: [],
    waits: { deadlines: [], overdue: [], troubles: [] },
    sightings: [],
    reactions: [],
    readings: [],
    readThroughs: [],
    agents: [],
    fallbacks: [],
    jobs: [],
    looks: [],
    load: [],
  }
  return { ...none, ...quiet, ...empty, ...given }
}

/** `[type, data]` of an output, `[route, body, by]` of an input. */
export type Told = readonly [string, object]
export type Said = readonly [string, object, string?]

/** A journal of these records, each `[inputs, outputs]`, whole and of epoch 1, a second apart. */
export function journalOf(
  ...contents: readonly (readonly [readonly Said[], readonly Told[]])[]
): ReadRecord[] {
  let prevHash: string = GENESIS.hash
  return contents.map(([said, told], index) => {
    const inputs = said.map(([route, body, by = 'system']) => ({ route, by, body }))
    const outputs = told.map(([type, data]) => ({ type, address: 'test', data }))
    const seq = index + 1
    const fold = 2
    const payload = encodeCanonical({ fold, inputs } as unknown as CborValue)
    const encoded = encodeCanonical(outputs as unknown as CborValue)
    const parts = [prevHash, seq, 1, 1, seq * 1_000, seq * 1_000, `r${seq}`, hex(payload), hex(encoded)]
    const hash = hex(encodeCanonical(parts as CborValue))
    const record = {
      seq,
      timeline: 1,
      epoch: 1,
      timeMs: seq * 1_000,
      wallMs: seq * 1_000,
      id: `r${seq}`,
      prevHash,
      hash,
      payload,
      outputs: encoded,
    } as unknown as JournalRecord
    prevHash = hash
    return { record, atMs: seq * 1_000, fold, inputs, outputs } as unknown as ReadRecord
  })
}

/** One message of a link, as its sender sent it (`'sent'`) or its receiver got it. */
export function wireOf(
  atMs: number,
  how: 'sent' | 'got',
  [from, to]: readonly [string, string],
  body: { readonly t: string; readonly [field: string]: unknown },
  link = 1,
): WireEntry {
  return { atMs, isSent: how === 'sent', from, to, link, t: body.t, body } as unknown as WireEntry
}

export const CLAIM: readonly [readonly Said[], readonly Told[]] = [
  [['claim', {}]],
  [['leader.claimed', { timeline: 1, epoch: 1 }]],
]

function hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
