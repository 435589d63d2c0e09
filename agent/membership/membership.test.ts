import test, { type ExecutionContext } from 'ava'
import type { GossipInvitation } from '../../runtime/links/protocol.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import { type Logger, silentLogger } from '../../runtime/ports/logger.ts'
import { nodeDisk } from '../../runtime/ports/node/node-disk.ts'
import { nodeRandom } from '../../runtime/ports/node/node-random.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { tempDir } from '../../simulations/kit/temp-dir.ts'
import { type AgentStore, openAgentStore } from '../store/agent-store.ts'
import { keyPairOfSeed } from '../store/node-keys.ts'
import { groupTagsOf } from './group-tags.ts'
import { MEMBERS_KEPT_MAX } from './known-members.ts'
import { MEMBERS_SETTLE_MS, MEMBERS_WRITE_MS, Membership, REJOIN_MS, RETRY_MIN_MS } from './membership.ts'
import { QuietNetwork } from './quiet-host.test.kit.ts'

const KEY = new Uint8Array(32).fill(5)
const INVITATION: GossipInvitation = { preset: 'lan', keys: [KEY], seeds: ['10.0.0.1:7602'] }
const LINK = '10.0.0.9:41000'

async function world(t: ExecutionContext, bind?: string) {
  const dataDir = tempDir(t)
  let writes = 0
  let isFull = false
  const disk: Disk = {
    ...nodeDisk,
    overwriteFile(path, bytes, mode) {
      if (isFull) return Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
      writes++
      return nodeDisk.overwriteFile(path, bytes, mode)
    },
  }
  const open = (): Promise<AgentStore> => openAgentStore({ disk, dataDir, random: nodeRandom })
  const store = await open()
  const key = keyPairOfSeed(new Uint8Array(32).fill(3)).publicKey
  const cluster = { id: 'c1', address: '10.0.0.1:7601', key }
  await store.update(state => ({ ...state, boot: 1, cluster }))
  const clock = new VirtualClock()
  const network = new QuietNetwork()
  const warnings: { code?: string }[] = []
  const logger: Logger = { ...silentLogger, warn: fields => void warnings.push(fields) }
  const membership = new Membership({
    store,
    clock,
    random: nodeRandom,
    logger,
    startHost: network.start,
    ...(bind === undefined ? {} : { bind }),
  })
  t.teardown(() => membership.close())
  return {
    membership,
    network,
    store,
    clock,
    warnings,
    open,
    get writes() {
      return writes
    },
    fill: (full: boolean) => void (isFull = full),
    begin: async () => {
      membership.start()
      membership.linked(LINK)
      membership.welcomed({ groups: ['web'], gossip: INVITATION })
      await pollUntil('it takes part', () => membership.host)
      await pollUntil('its address is kept', () => store.state.gossip?.address)
    },
  }
}

test('nobody begins with what is not on disk: with a full one the node waits, and then takes part', async t => {
  const { membership, network, fill, clock, store, open, warnings } = await world(t)
  fill(true)
  membership.start()
  membership.linked(LINK)
  membership.invited(INVITATION)
  await pollUntil('the disk refused', () => warnings.length > 0)
  t.is(warnings[0]?.code, 'KONOR_AGENT_DISK')
  t.is(network.hosts.length, 0)
  fill(false)
  clock.advanceBy(RETRY_MIN_MS)
  await pollUntil('it takes part', () => membership.host)
  await pollUntil('its address is kept', () => store.state.gossip?.address === '10.0.0.9:7602')
  const { gossip } = (await open()).state
  t.deepEqual(gossip?.invitation.seeds, INVITATION.seeds)
  t.deepEqual([...(gossip?.invitation.keys[0] ?? [])], [...KEY])
})

test('a key that moves on is taken up by a running member at once, whatever its disk says', async t => {
  const { membership, network, fill, begin, warnings } = await world(t)
  await begin()
  const { keyring } = network.last.options
  const before = keyring.state.primary
  fill(true)
  membership.invited({ ...INVITATION, keys: [new Uint8Array(32).fill(6), KEY] })
  await pollUntil('the disk refused', () => warnings.length > 0)
  t.not(keyring.state.primary, before)
  t.true(keyring.state.keyIds.includes(before))
})

test('a place that is taken gives way to the next one', async t => {
  const { network, begin, warnings } = await world(t)
  network.taken.add('10.0.0.9:7602')
  await begin()
  t.is(network.last.options.bind, '10.0.0.9:0')
  t.deepEqual(warnings, [])
})

test('the place that the operator chose is tried until it is free, and the failure named', async t => {
  const { membership, network, clock, warnings } = await world(t, '10.0.0.7:5000')
  network.taken.add('10.0.0.7:5000')
  membership.start()
  membership.invited(INVITATION)
  await pollUntil('it was refused', () => warnings.length === 1)
  t.is(warnings[0]?.code, 'KONOR_GOSSIP_BIND')
  clock.advanceBy(RETRY_MIN_MS)
  await pollUntil('it was refused again', () => warnings.length === 2)
  clock.advanceBy(RETRY_MIN_MS)
  t.is(network.refused.length, 2, 'the second wait is longer')
  network.taken.clear()
  clock.advanceBy(RETRY_MIN_MS)
  await pollUntil('it takes part', () => membership.host)
  t.is(network.last.options.bind, '10.0.0.7:5000')
})

test('an invitation without a key is said and harms nothing that runs', async t => {
  const { membership, network, begin, store, warnings } = await world(t)
  await begin()
  membership.invited({ ...INVITATION, keys: [] })
  t.is(warnings[0]?.code, 'KONOR_GOSSIP_KEY_INVALID')
  membership.welcomed({ groups: ['web'], bundleKeys: [{ group: 'web', key: KEY }] })
  await pollUntil('what came later is kept', () => store.state.bundleKeys.length === 1)
  t.is(store.state.gossip?.invitation.keys.length, 1)
  t.is(network.last.options.keyring.state.keyIds.length, 1)
  t.false(network.last.isClosed)
})

test('on another network, or with another preset, a newer life takes its place without a farewell', async t => {
  const { membership, network, begin, store } = await world(t)
  await begin()
  membership.linked('10.1.0.9:41000')
  await pollUntil('it moved', () => network.hosts.length === 2)
  t.is(network.last.options.bind, '10.1.0.9:7602')
  await pollUntil('its address is kept', () => store.state.gossip?.address === '10.1.0.9:7602')
  membership.invited({ ...INVITATION, preset: 'wan' })
  await pollUntil('it follows the preset', () => network.hosts.length === 3)
  t.deepEqual(
    network.hosts.map(({ epoch, isClosed, hasLeft }) => ({ epoch, isClosed, hasLeft })),
    [
      { epoch: 1, isClosed: true, hasLeft: false },
      { epoch: 2, isClosed: true, hasLeft: false },
      { epoch: 3, isClosed: false, hasLeft: false },
    ],
  )
  t.is(store.state.boot, 3, 'the epoch was durable before it was used')
})

test('members are written down soon, then at most once a minute, and when the node leaves', async t => {
  const world_ = await world(t)
  const { membership, network, begin, clock, store, open } = world_
  await begin()
  const before = world_.writes
  for (let index = 1; index <= 40; index++) network.last.show(index)
  t.is(world_.writes, before)
  clock.advanceBy(MEMBERS_SETTLE_MS)
  await pollUntil('they are kept', () => store.state.gossip?.members.length === MEMBERS_KEPT_MAX)
  t.is(world_.writes, before + 1)
  network.last.others.length = 0
  for (let index = 120; index < 140; index++) {
    network.last.show(index)
    clock.advanceBy(MEMBERS_WRITE_MS / 40)
  }
  t.is(world_.writes, before + 1, 'churn writes nothing')
  clock.advanceBy(MEMBERS_WRITE_MS)
  await pollUntil('the new ones are kept', () => store.state.gossip?.members.includes('10.0.0.139:7602'))
  t.is(world_.writes, before + 2)
  network.last.others.length = 0
  network.last.show(200)
  await membership.leave()
  t.true(network.last.hasLeft && network.last.isClosed)
  t.is((await open()).state.gossip?.members[0], '10.0.0.200:7602')
})

test('a node that finds nobody asks again, until it found someone', async t => {
  const { membership, network, begin, clock } = await world(t)
  await begin()
  const { asked } = network.last
  t.deepEqual(asked, [INVITATION.seeds])
  clock.advanceBy(REJOIN_MS)
  await pollUntil('it asked again', () => asked.length === 2)
  network.last.show(2)
  clock.advanceBy(REJOIN_MS)
  membership.welcomed({ groups: ['web'], bundleKeys: [{ group: 'web', key: KEY }] })
  const tags = groupTagsOf([{ group: 'web', key: KEY }])
  await pollUntil('it took what came later', () => network.last.described.includes(tags))
  t.is(asked.length, 2)
})

test('a node that was expelled says farewell and forgets keys and members; an invitation brings it back', async t => {
  const { membership, network, begin, store } = await world(t)
  await begin()
  membership.welcomed({ groups: ['web'], bundleKeys: [{ group: 'web', key: KEY }] })
  await pollUntil('the key is kept', () => store.state.bundleKeys.length === 1)
  membership.expelled()
  await pollUntil('it fell silent', () => network.last.isClosed)
  t.true(network.last.hasLeft)
  t.is(membership.host, undefined)
  t.is(store.state.gossip, null)
  t.deepEqual(store.state.bundleKeys, [])
  membership.invited(INVITATION)
  await pollUntil('it is back', () => membership.host)
  t.is(network.last.epoch, 2, 'what left comes back as a newer life')
})

test('keys of groups that the node belongs to no more are forgotten, also when central names no keys', async t => {
  const { membership, begin, store } = await world(t)
  await begin()
  const bundleKeys = ['web', 'db'].map(group => ({ group, key: KEY }))
  membership.welcomed({ groups: ['web', 'db'], bundleKeys })
  await pollUntil('both are kept', () => store.state.bundleKeys.length === 2)
  membership.welcomed({ groups: ['db'] })
  await pollUntil('one is kept', () => store.state.bundleKeys.length === 1)
  t.is(store.state.bundleKeys[0]?.group, 'db')
})
