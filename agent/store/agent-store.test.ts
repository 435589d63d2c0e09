import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import { nodeDisk } from '../../runtime/ports/node/node-disk.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { emptyRecord } from './group-record.ts'
import { openAgentStore } from './agent-store.ts'
import type { NodeState } from './node-state.ts'

let drawn = 0
const random: Random = {
  bytes: sizeBytes => createHash('sha256').update(`agent store ${drawn++}`).digest().subarray(0, sizeBytes),
  fraction: () => 0.5,
}

async function scratch(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'konor-store-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const open = (dataDir: string, disk: Disk = nodeDisk) => openAgentStore({ disk, dataDir, random })

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  const index = at < 0 ? bytes.length + at : at
  bytes[index] = (bytes[index] ?? 0) ^ 1
  await writeFile(path, bytes)
}

test('keys are made once, private, and stay the same', async t => {
  const dataDir = await scratch(t)
  const first = await open(dataDir)
  const again = await open(dataDir)
  t.deepEqual(again.identity, first.identity)
  t.is(first.identity.publicKey.length, 32)
  t.is(first.identity.secretKey.length, 64)
  for (const name of ['identity.key', 'seal.key'])
    t.is((await stat(join(dataDir, 'agent', name))).mode & 0o777, 0o600)
  t.is((await stat(join(dataDir, 'agent'))).mode & 0o777, 0o700)
})

test('a key that others can read, or that is none, is refused', async t => {
  const dataDir = await scratch(t)
  await open(dataDir)
  const path = join(dataDir, 'agent', 'identity.key')
  await chmod(path, 0o644)
  await t.throwsAsync(open(dataDir), { code: 'KONOR_AGENT_KEY_EXPOSED' })
  await chmod(path, 0o600)
  await writeFile(path, 'not a key')
  await t.throwsAsync(open(dataDir), { code: 'KONOR_AGENT_KEY_INVALID' })
})

test('state is durable across openings, and changes that wait are written together', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  await Promise.all(
    Array.from({ length: 50 }, () => store.update(state => ({ ...state, boot: state.boot + 1 }))),
  )
  t.is(store.state.boot, 50)
  const reopened = await open(dataDir)
  t.is(reopened.state.boot, 50)
  t.false(reopened.recovered)
})

test('a change that refuses harms neither the others nor what comes later', async t => {
  const store = await open(await scratch(t))
  const refuse = (): never => {
    throw new RangeError('no')
  }
  const bump = store.update(state => ({ ...state, boot: state.boot + 1 }))
  await t.throwsAsync(store.update(refuse), { instanceOf: RangeError })
  await bump
  await t.throwsAsync(store.update(refuse), { instanceOf: RangeError })
  await store.update(state => ({ ...state, boot: state.boot + 1 }))
  t.is(store.state.boot, 2)
})

test('a state that was written before records held proofs is read', async t => {
  const dataDir = await scratch(t)
  const { proof: _, ...older } = emptyRecord('web', 7)
  const store = await open(dataDir)
  await store.update(state => ({ ...state, groups: [older as ReturnType<typeof emptyRecord>] }))
  t.deepEqual((await open(dataDir)).state.groups, [emptyRecord('web', 7)])
})

test('a state from before gossip opens with all it held, in both copies, and takes what is new', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  const token = { id: 't1', group: 'web', secret: null, state: 'redeemed' } as const
  const held = {
    boot: 7,
    timeline: 2,
    epoch: 9,
    name: 'n1',
    tokens: [token],
    groups: [emptyRecord('web', 7)],
  }
  // As the earlier agent wrote it: without the fields that it did not know. Twice, so that both copies are such.
  const older = (state: NodeState): NodeState => {
    const { gossip: _, bundleKeys: __, ...known } = state
    return { ...known, ...held } as unknown as NodeState
  }
  await store.update(older)
  await store.update(older)
  const upgraded = await open(dataDir)
  t.false(upgraded.recovered)
  t.like(upgraded.state, { ...held, gossip: null, bundleKeys: [] })
  const invitation = { preset: 'lan', keys: [new Uint8Array(32)], seeds: [] } as const
  const gossip = { invitation, address: '10.0.0.5:7602', members: ['10.0.0.6:7602'] }
  await upgraded.update(state => ({ ...state, gossip }))
  const { state } = await open(dataDir)
  t.like(state, { ...held, bundleKeys: [] })
  t.is(state.gossip?.address, gossip.address)
})

test('a damaged newest copy is detected: the one before it is used and no number comes twice', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  for (let activation = 1; activation <= 3; activation++)
    await store.update(state => ({ ...state, boot: activation, groups: [emptyRecord('web', activation)] }))
  await flipByte(join(dataDir, 'agent', 'state.1'), 60)
  const recovered = await open(dataDir)
  t.true(recovered.recovered)
  t.true(recovered.state.boot > 3)
  t.true((recovered.state.groups[0]?.activation ?? 0) > 3)
  // The next write heals: both copies are sound again after one more.
  await recovered.update(state => ({ ...state, name: 'n1' }))
  const healed = await open(dataDir)
  t.is(healed.state.name, 'n1')
  t.false(healed.recovered)
})

test('a write that a crash tore anywhere leaves the state before it, or the new one', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  for (const epoch of [1, 2, 3]) await store.update(state => ({ ...state, epoch }))
  const slot = join(dataDir, 'agent', 'state.0')
  const before = await readFile(slot)
  await store.update(state => ({ ...state, epoch: 4 }))
  const after = await readFile(slot)
  for (let torn = 0; torn <= 300; torn += 7) {
    await writeFile(slot, Buffer.concat([after.subarray(0, torn), before.subarray(torn)]))
    const { epoch } = (await open(dataDir)).state
    t.true(epoch === 3 || epoch === 4, `torn after ${torn} bytes: epoch ${epoch}`)
  }
})

test('a missing newest copy counts as lost', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  for (const boot of [1, 2, 3]) await store.update(state => ({ ...state, boot }))
  await rm(join(dataDir, 'agent', 'state.1'))
  t.true((await open(dataDir)).recovered)
})

test('two damaged copies, or a foreign seal key, are never used', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  for (const boot of [1, 2]) await store.update(state => ({ ...state, boot }))
  const sealKey = await readFile(join(dataDir, 'agent', 'seal.key'))
  await rm(join(dataDir, 'agent', 'seal.key'))
  await t.throwsAsync(open(dataDir), { code: 'KONOR_AGENT_KEY_INVALID' })
  await writeFile(join(dataDir, 'agent', 'seal.key'), sealKey, { mode: 0o600 })
  for (const slot of ['state.0', 'state.1']) await flipByte(join(dataDir, 'agent', slot), 60)
  await t.throwsAsync(open(dataDir), { code: 'KONOR_AGENT_STATE_CORRUPT' })
})

test("the operator's seal key file is used, and must be private and present", async t => {
  const dataDir = await scratch(t)
  const sealKeyFile = join(await scratch(t), 'seal')
  const options = { disk: nodeDisk, dataDir, random, sealKeyFile }
  await t.throwsAsync(openAgentStore(options), { code: 'KONOR_AGENT_KEY_INVALID' })
  await writeFile(sealKeyFile, 'ab'.repeat(32), { mode: 0o644 })
  await t.throwsAsync(openAgentStore(options), { code: 'KONOR_AGENT_KEY_EXPOSED' })
  await chmod(sealKeyFile, 0o600)
  await openAgentStore(options)
  t.false((await readdir(join(dataDir, 'agent'))).includes('seal.key'))
})

test('generations are sealed, verified when read, and collected', async t => {
  const dataDir = await scratch(t)
  const store = await open(dataDir)
  const bundles = ['one secret', 'another', 'a third'].map(text => Buffer.from(text))
  const [one, two, three] = bundles.map(digestOfBytes)
  if (one === undefined || two === undefined || three === undefined) return t.fail()
  for (const bytes of bundles) await store.generations.put(digestOfBytes(bytes), bytes)
  const file = join(dataDir, 'agent', 'generations', one)
  t.false((await readFile(file)).includes('secret'))
  t.is(Buffer.from((await store.generations.get(one)) ?? []).toString(), 'one secret')
  await t.throwsAsync(store.generations.put(one, Buffer.from('else')), { code: 'KONOR_AGENT_BAD_BUNDLE' })
  t.deepEqual(await store.collect(digest => digest !== three), [three])
  t.is(await store.generations.get(three), undefined)
  await flipByte(file, 40)
  await t.throwsAsync(store.generations.get(one), { code: 'KONOR_AGENT_GENERATION_CORRUPT' })
})

test('a full disk leaves the state as it was, and the same change succeeds later', async t => {
  const dataDir = await scratch(t)
  let full = false
  const disk: Disk = {
    ...nodeDisk,
    overwriteFile(path, bytes, mode) {
      if (full) return Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
      return nodeDisk.overwriteFile(path, bytes, mode)
    },
  }
  const store = await open(dataDir, disk)
  await store.update(state => ({ ...state, epoch: 7 }))
  full = true
  await t.throwsAsync(
    store.update(state => ({ ...state, epoch: 8 })),
    { code: 'KONOR_AGENT_DISK' },
  )
  t.is(store.state.epoch, 7)
  full = false
  await store.update(state => ({ ...state, epoch: 9 }))
  t.is((await open(dataDir)).state.epoch, 9)
})

test('a write that failed halfway spoils one copy; the next one goes over that, and not over the sound one', async t => {
  const dataDir = await scratch(t)
  let isTorn = false
  const disk: Disk = {
    ...nodeDisk,
    async overwriteFile(path, bytes, mode) {
      await nodeDisk.overwriteFile(path, isTorn ? bytes.subarray(0, 60) : bytes, mode)
      if (isTorn) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    },
  }
  const store = await open(dataDir, disk)
  for (const epoch of [5, 6, 7]) await store.update(state => ({ ...state, epoch }))
  isTorn = true
  for (const epoch of [8, 9])
    await t.throwsAsync(
      store.update(state => ({ ...state, epoch })),
      { code: 'KONOR_AGENT_DISK' },
    )
  t.is((await open(dataDir)).state.epoch, 7)
})
