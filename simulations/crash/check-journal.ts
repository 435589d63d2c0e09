import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { SqliteJournal } from '../../runtime/journal/sqlite-journal.ts'
import { verifyJournal } from '../../runtime/journal/verify-journal.ts'
import { decodeInputs, decodeOutputs } from '../../runtime/kernel/record-codec.ts'

export interface JournalFindings {
  readonly records: number
  /** Results of effects: with none, nothing was shown of them. */
  readonly effects: number
  /** Every revision that was ever committed, as `GROUP@REVISION`. */
  readonly committed: ReadonlySet<string>
}

/**
 * Opens the journal of a central that is not running and looks at all of it: it verifies, and no effect was carried
 * out twice with different results.
 */
export async function checkJournal(dataDir: string): Promise<JournalFindings> {
  const journal = await SqliteJournal.open(dataDir)
  try {
    const { problems, records } = await verifyJournal(journal)
    assert.deepEqual(problems, [])
    const results = new Map<string, CborValue>()
    const committed = new Set<string>()
    for await (const { payload, outputs, seq } of journal.read(1)) {
      for (const { type, data } of decodeOutputs(outputs))
        if (type === 'group.committed') committed.add(`${String(data['group'])}@${String(data['revision'])}`)
      for (const { route, body } of decodeInputs(payload)) {
        if (route !== 'effect') continue
        const { key, event } = body as { readonly key: string; readonly event: CborValue }
        const earlier = results.get(key)
        assert(
          earlier === undefined || isDeepStrictEqual(earlier, event),
          `effect ${key} came out twice, again in ${seq}`,
        )
        results.set(key, event)
      }
    }
    return { records, effects: results.size, committed }
  } finally {
    await journal.close()
  }
}
