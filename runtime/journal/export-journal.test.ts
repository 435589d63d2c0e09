import test from 'ava'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { exportJournal } from './export-journal.ts'
import { MemoryJournal } from './memory-journal.ts'
import { fillJournal, sampleDraft } from './sample-records.test.kit.ts'

test('records are exported as one JSON line each, decoded', async t => {
  const journal = new MemoryJournal()
  const payload = encodeCanonical({
    text: 'é',
    bytes: Uint8Array.of(1, 2, 255),
    tagged: { $bytes: 'text' },
    map: { $map: 1 },
    plain: { $bytes: 1, other: 2 },
    list: [null, true, -1.5],
  })
  const records = [sampleDraft(1, { payload, outputs: Uint8Array.of(255) }), sampleDraft(2), sampleDraft(3)]
  await journal.append({ expectedSeq: 0, records, blobs: [] })
  const lines: string[] = []
  for await (const line of exportJournal(journal, 1, 2)) lines.push(line)
  t.is(lines.length, 2)
  t.true(lines.every(line => line.endsWith('}\n') && line.indexOf('\n') === line.length - 1))
  t.like(JSON.parse(lines[0] ?? ''), {
    seq: 1,
    id: 'record-1',
    timeline: 1,
    epoch: 1,
    timeMs: 1,
    wallMs: 1_700_000_000_001,
    wallTime: '2023-11-14T22:13:20.001Z',
    prevHash: '0'.repeat(64),
    payload: {
      text: 'é',
      bytes: { $bytes: 'AQL/' },
      tagged: { $map: { $bytes: 'text' } },
      map: { $map: { $map: 1 } },
      plain: { $bytes: 1, other: 2 },
      list: [null, true, -1.5],
    },
    outputs: { $bytes: '/w==' },
  })
})

test('an export begins and ends where it is told', async t => {
  const journal = new MemoryJournal()
  await fillJournal(journal, 10)
  const seqs: unknown[] = []
  for await (const line of exportJournal(journal, 4)) seqs.push((JSON.parse(line) as { seq: number }).seq)
  t.deepEqual(seqs, [4, 5, 6, 7, 8, 9, 10])
})
