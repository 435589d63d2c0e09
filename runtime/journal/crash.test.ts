import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { smallDisk, testWithSmallDisk } from '../../simulations/kit/small-disk.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from './sample-records.test.kit.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { temporaryDirectory } from './temporary-directory.test.kit.ts'
import { verifyDataDirectory } from './verify-journal.ts'
import { startWriter, type WriterProcess } from './writer-process.test.kit.ts'

/** Reads what a writer says until `done` holds; gives the last sequence that it had acknowledged. */
async function follow(writer: WriterProcess, done: (acknowledgements: number) => boolean): Promise<number> {
  let acknowledged = 0
  let count = 0
  for await (const line of writer.lines) {
    const [word, seq] = line.split(' ')
    if (word === 'opened' || word === 'acknowledged') acknowledged = Number(seq)
    if (word === 'acknowledged' && done(++count)) break
  }
  return acknowledged
}

/** Opens what a dead writer left; everything acknowledged must be there, and the chain must hold. */
async function survivors(
  t: ExecutionContext,
  dataDir: string,
  acknowledged: number,
  batch: number,
): Promise<number> {
  const journal = await SqliteJournal.open(dataDir, { create: false })
  const { seq } = await journal.head()
  t.true(seq >= acknowledged, `record ${acknowledged} was acknowledged, the journal ends at ${seq}`)
  t.is((seq - acknowledged) % batch, 0, 'an append is there whole or not at all')
  t.is((await readAll(journal)).length, seq)
  await journal.close()
  return seq
}

test('kill -9 of a writing process loses nothing that it acknowledged', async t => {
  const dataDir = await temporaryDirectory(t)
  for (const [batch, acknowledgements] of [
    [1, 1],
    [1, 150],
    [7, 20],
    [64, 30],
    [500, 5],
  ] as const) {
    const writer = startWriter(t, { dataDir, batch })
    const acknowledged = await follow(writer, count => count === acknowledgements)
    await writer.kill()
    await survivors(t, dataDir, acknowledged, batch)
  }
  const report = await verifyDataDirectory(dataDir)
  t.is(report.problemCount, 0, JSON.stringify(report.problems))
})

test('a process killed just before a commit has not written; just after, it has', async t => {
  for (const [point, written] of [
    ['journal.before-commit', 0],
    ['journal.after-commit', 3],
  ] as const) {
    const dataDir = await temporaryDirectory(t)
    const writer = startWriter(t, { dataDir, batch: 3, killAt: { point, time: 5 } })
    const acknowledged = await follow(writer, () => false)
    await writer.ended
    t.is(acknowledged, 12)
    t.is(await survivors(t, dataDir, acknowledged, 3), 12 + written)
  }
})

test('a second writer process is refused while the first lives, and only then', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await SqliteJournal.open(dataDir)
  await fillJournal(journal, 5)
  const second = startWriter(t, { dataDir, batch: 1 })
  t.is((await second.lines.next()).value, 'refused KONOR_JOURNAL_LOCKED')
  await second.ended
  t.is((await fillJournal(journal, 5)).seq, 10, 'the first is not disturbed')
  await journal.close()

  const third = startWriter(t, { dataDir, batch: 1 })
  const acknowledged = await follow(third, count => count === 3)
  await throwsCode(t, 'KONOR_JOURNAL_LOCKED', SqliteJournal.open(dataDir))
  await throwsCode(t, 'KONOR_JOURNAL_LOCKED', verifyDataDirectory(dataDir))
  await third.kill()
  await survivors(t, dataDir, acknowledged, 1)
})

test('when the disk fails under an append, its outcome is settled before the next', async t => {
  const dataDir = await temporaryDirectory(t)
  const writer = startWriter(t, {
    dataDir,
    batch: 3,
    payloadBytes: 3_000,
    fileKilobytesMax: 600,
    untilSettled: true,
  })
  const lines: string[] = []
  for await (const line of writer.lines) lines.push(line)
  await writer.ended
  const failed = lines.findIndex(line => line.startsWith('failed'))
  t.true(failed > 1, 'some appends went well before')
  const seqBefore = Number(lines[failed - 1]?.split(' ')[1])
  t.deepEqual(lines.slice(failed), [
    'failed KONOR_JOURNAL_AMBIGUOUS',
    'settled none',
    `acknowledged ${seqBefore + 1}`,
  ])
  t.is(await survivors(t, dataDir, seqBefore + 1, 1), seqBefore + 1)
  t.is((await verifyDataDirectory(dataDir)).problemCount, 0)
})

testWithSmallDisk('on a full disk nothing is written; when there is space again it goes on', async t => {
  const disk = await smallDisk(t)
  const journal = await SqliteJournal.open(join(disk, 'data'))
  await fillJournal(journal, 50)
  const ballast = join(disk, 'ballast')
  await t.throwsAsync(writeFile(ballast, Buffer.alloc(32 * 1024 * 1024)), { code: 'ENOSPC' })
  const refusal = await appendUntilRefused(journal)
  t.true(isKonorError(refusal, 'KONOR_JOURNAL_FULL'), String(refusal))
  const head = await journal.head()
  t.true(head.seq > 50)
  const large = {
    expectedSeq: head.seq,
    records: [sampleDraft(head.seq + 1)],
    blobs: [sampleBlob(1, 5_000_000)],
  }
  await throwsCode(t, 'KONOR_JOURNAL_FULL', journal.append(large))
  t.deepEqual(await journal.head(), head)
  t.is((await readAll(journal)).length, head.seq, 'it can be read')
  await rm(ballast)
  t.is((await journal.append(large)).seq, head.seq + 1)
  await journal.close()
  t.is(await survivors(t, join(disk, 'data'), head.seq + 1, 1), head.seq + 1)
  t.is((await verifyDataDirectory(join(disk, 'data'))).problemCount, 0)
})

async function appendUntilRefused(journal: SqliteJournal): Promise<unknown> {
  const payload = new Uint8Array(200_000)
  for (;;) {
    const { seq } = await journal.head()
    try {
      await journal.append({ expectedSeq: seq, records: [sampleDraft(seq + 1, { payload })], blobs: [] })
    } catch (error) {
      return error
    }
  }
}
