import test from 'ava'
import { createDisk } from '../../runtime/ports/disk-on-files.ts'
import { Machine } from './machine.ts'
import { Program } from './program.ts'
import { World } from './world.ts'

const OLD = new Uint8Array(20_000).fill(1)
const NEW = new Uint8Array(20_000).fill(2)

async function machineWith(seed: string) {
  const world = new World(seed)
  const machine = new Machine(world, 'm')
  let lives = 0
  const disk = () => createDisk(machine.files.asSeenBy(new Program(machine, 'p', ++lives)))
  const done = async <T>(pending: Promise<T>): Promise<T> => {
    await world.run(60_000)
    return pending
  }
  await done(disk().ensureDir('/data', 0o700))
  await done(disk().writeFileAtomic('/data/file', OLD, 0o600))
  return { world, machine, disk, done }
}

test('what a disk says is durable survives a loss of power', async t => {
  for (let seed = 0; seed < 50; seed++) {
    const { machine, disk, done } = await machineWith(`durable ${seed}`)
    await done(disk().writeFileAtomic('/data/file', NEW, 0o600))
    machine.powerOff()
    machine.powerOn()
    t.deepEqual(await done(disk().readFile('/data/file', 1e6)), NEW)
    t.deepEqual(await done(disk().list('/data')), ['file'])
  }
})

test('what a program that died left under a name is durable once its directory is ensured again', async t => {
  let left = 0
  for (let seed = 0; seed < 60; seed++) {
    const { world, machine, done } = await machineWith(`ended ${seed}`)
    const first = new Program(machine, 'dies', 1)
    void createDisk(machine.files.asSeenBy(first)).writeFileAtomic('/data/other', NEW, 0o600)
    await world.run((seed % 30) / 10)
    first.kill('crash')
    const later = createDisk(machine.files.asSeenBy(new Program(machine, 'lives', 1)))
    await done(later.ensureDir('/data', 0o700))
    if ((await done(later.list('/data'))).includes('other')) left++
    const found = await done(later.readFile('/data/other', 1e6))
    machine.powerOff()
    machine.powerOn()
    const after = createDisk(machine.files.asSeenBy(new Program(machine, 'reads', 1)))
    t.deepEqual(await done(after.readFile('/data/other', 1e6)), found)
  }
  t.true(left > 0 && left < 60, 'some died before the rename, some after it')
})

test('a replacement that is interrupted leaves the old or the new file, whole; both happen', async t => {
  const seen = new Set<number | undefined>()
  for (let seed = 0; seed < 200; seed++) {
    const { world, machine, disk, done } = await machineWith(`replace ${seed}`)
    void disk().writeFileAtomic('/data/file', NEW, 0o600)
    await world.run((seed % 40) / 10)
    machine.powerOff()
    machine.powerOn()
    const file = await done(disk().readFile('/data/file', 1e6))
    t.true(file?.every(byte => byte === file[0]) === true && file.length === 20_000)
    seen.add(file?.[0])
  }
  t.deepEqual(seen, new Set([1, 2]))
})

test('writing over a file that is interrupted may tear it, and the bytes behind stay', async t => {
  let torn = 0
  for (let seed = 0; seed < 100; seed++) {
    const { world, machine, disk, done } = await machineWith(`tear ${seed}`)
    void disk().overwriteFile('/data/file', NEW.subarray(0, 12_000), 0o600)
    await world.run(0)
    machine.powerOff()
    machine.powerOn()
    const file = await done(disk().readFile('/data/file', 1e6))
    if (new Set(file?.subarray(0, 12_000)).size === 2) torn++
    t.deepEqual(new Set(file?.subarray(12_288)), new Set([1]))
  }
  t.true(torn > 50)
})

test('a disk that lies loses what it said was durable', async t => {
  let lost = 0
  for (let seed = 0; seed < 30; seed++) {
    const { machine, disk, done } = await machineWith(`lies ${seed}`)
    machine.files.conditions.lies = true
    await done(disk().writeFileAtomic('/data/file', NEW, 0o600))
    machine.powerOff()
    machine.powerOn()
    if ((await done(disk().readFile('/data/file', 1e6)))?.[0] !== 2) lost++
  }
  t.true(lost > 5)
})

test('a full disk says so, and a bit that rots is found by nobody here', async t => {
  const { machine, disk, done } = await machineWith('full')
  machine.files.conditions.failsWith = 'ENOSPC'
  await t.throwsAsync(done(disk().writeFileAtomic('/data/file', NEW, 0o600)), { code: 'ENOSPC' })
  t.deepEqual(await done(disk().readFile('/data/file', 1e6)), OLD)
  t.is(
    machine.files.rot(path => path.endsWith('file')),
    '/data/file',
  )
  const rotten = await done(disk().readFile('/data/file', 1e6))
  t.is(rotten?.filter((byte, at) => byte !== OLD[at]).length, 1)
})
