import test from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { createGenerationFiles } from './generation-files.ts'

const BYTES = Buffer.from('a bundle that two groups want')
const DIGEST = digestOfBytes(BYTES)

/** Shows a file as soon as it has its name; `settle` ends the sync that makes the name durable. */
function slowDisk() {
  const files = new Map<string, Uint8Array>()
  let settle: (error?: Error) => void = () => {}
  const disk = {
    writeFileAtomic: (path: string, bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        files.set(path, bytes)
        settle = error => (error === undefined ? resolve() : reject(error))
      }),
    readFile: async (path: string) => files.get(path),
  } as unknown as Disk
  return { disk, settle: (error?: Error) => settle(error) }
}

// Found by the simulator: a group called the bundle staged that another one was writing at that moment.
test('a bundle that is being written is not there before it is durable', async t => {
  const { disk, settle } = slowDisk()
  const files = createGenerationFiles(disk, '/g', new Uint8Array(32), new SeededRandom('generations'))
  const written = files.put(DIGEST, BYTES)
  let isRead = false
  const read = files.get(DIGEST).finally(() => (isRead = true))
  await new Promise(resolve => setImmediate(resolve))
  t.false(isRead)
  settle()
  await written
  t.deepEqual(Buffer.from((await read) ?? []), BYTES)
})

test('a bundle whose writing failed at the end is fetched again, though its file is there', async t => {
  const { disk, settle } = slowDisk()
  const files = createGenerationFiles(disk, '/g', new Uint8Array(32), new SeededRandom('generations'))
  const failed = files.put(DIGEST, BYTES)
  settle(new Error('EIO'))
  await t.throwsAsync(failed)
  t.is(await files.get(DIGEST), undefined)
  const again = files.put(DIGEST, BYTES)
  settle()
  await again
  t.deepEqual(Buffer.from((await files.get(DIGEST)) ?? []), BYTES)
})
