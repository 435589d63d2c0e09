import test from 'ava'
import { VERSIONS_KEPT_MAX } from '../../../actors/configset/chart.ts'
import { digestOf } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { TestCluster } from './cluster.test.kit.ts'
import { DecodedBlobs } from './decoded-blobs.ts'

test('a key is read with the version at which it last changed, and by whom', async t => {
  const { reads, leader, declare } = await declared()
  await declare('/a', { x: 1, y: 1 }, 'key/first')
  leader.clock.advanceBy(60_000)
  await declare('/a', { x: 1, y: 2 }, 'key/second')
  t.deepEqual(await reads.key('/a', 'x'), {
    path: '/a',
    key: 'x',
    value: 1,
    version: 1,
    updatedAt: '2025-01-01T00:00:00.000Z',
    by: 'key/first',
  })
  t.like(await reads.key('/a', 'y'), { value: 2, version: 2, by: 'key/second' })
  t.like(await reads.key('/a', 'y', 1), { value: 1, version: 1, by: 'key/first' })
  t.deepEqual((await reads.path('/a', 1)).entries, { x: 1, y: 1 })
  t.like(await reads.path('/a'), { version: 2, entries: { x: 1, y: 2 }, by: 'key/second' })
})

test('what is not there is not found, and a deleted path says at which version it went', async t => {
  const { reads, cluster, declare } = await declared()
  await declare('/a', { x: 1 })
  await cluster.deleteSet('/a')
  const gone = await t.throwsAsync(reads.path('/a'))
  t.true(isKonorError(gone, 'KONOR_ENGINE_NOT_FOUND'))
  t.regex(gone?.message ?? '', /deleted at version 2/)
  t.like(await reads.path('/a', 1), { version: 1 })
  for (const read of [
    () => reads.path('/b'),
    () => reads.path('/a', 3),
    () => reads.path('/a', 0),
    () => reads.key('/a', 'y', 1),
    () => reads.key('/a', 'constructor', 1),
  ]) {
    t.true(isKonorError(await t.throwsAsync(read), 'KONOR_ENGINE_NOT_FOUND'))
  }
  t.deepEqual(
    reads.history('/a', { limit: 10 }).items.map(({ version, deleted }) => `${version} ${deleted}`),
    ['2 true', '1 false'],
  )
})

test('a version beyond the kept ones is compacted, and a key older than them is still read', async t => {
  const { reads, declare } = await declared()
  await declare('/a', { old: 1, x: 0 }, 'key/first')
  for (let version = 2; version <= VERSIONS_KEPT_MAX + 1; version++)
    await declare('/a', { old: 1, x: version })
  t.true(isKonorError(await t.throwsAsync(reads.path('/a', 1)), 'KONOR_ENGINE_COMPACTED'))
  t.like(await reads.key('/a', 'old'), { value: 1, version: 1, by: 'unknown' })
  const first = reads.history('/a', { limit: 3 })
  t.deepEqual(
    reads.history('/a', { limit: 2, cursor: first.next ?? '' }).items.map(({ version }) => version),
    [VERSIONS_KEPT_MAX - 2, VERSIONS_KEPT_MAX - 3],
  )
})

test('paths are listed below a prefix, whole segments only, without deleted ones', async t => {
  const { reads, cluster, declare } = await declared()
  for (const path of ['/teams', '/teams/a', '/teams/b/c', '/teams-x', '/teams.y/z', '/other']) {
    await declare(path, { x: 1 })
  }
  await declare('/teams/gone', { x: 1 })
  await cluster.deleteSet('/teams/gone')
  const list = (prefix: string) => reads.paths(prefix, { limit: 10 }).items.map(({ path }) => path)
  t.deepEqual(list('/teams'), ['/teams', '/teams/a', '/teams/b/c'])
  t.deepEqual(list('/teams/'), ['/teams', '/teams/a', '/teams/b/c'])
  t.is(list('/').length, 6)
  t.deepEqual(list('/none'), [])
  const page = reads.paths('/teams', { limit: 1 })
  t.deepEqual(page.items, [{ path: '/teams', version: 1, keys: 1 }])
  t.deepEqual(
    reads.paths('/teams', { limit: 5, cursor: page.next ?? '' }).items.map(({ path }) => path),
    ['/teams/a', '/teams/b/c'],
  )
})

test('what is effective names the path that won, per revision', async t => {
  const { reads, cluster, declare } = await declared()
  await declare('/a', { shared: 'a', x: 1 })
  await declare('/b', { shared: 'b', y: 1 })
  await cluster.declareGroup('g', ['/a', '/b'], 'eventual')
  t.like(await reads.effective('g'), { revision: null, digest: null, entries: {}, from: {} })
  await cluster.join('n', 'g')
  await cluster.apply('g')
  await cluster.report('n', 'g', 1, 'applied')
  await declare('/b', { y: 2 })
  await cluster.apply('g')
  await cluster.report('n', 'g', 2, 'applied')
  t.like(await reads.effective('g', 1), {
    revision: 1,
    entries: { shared: 'b', x: 1, y: 1 },
    from: { shared: '/b', x: '/a', y: '/b' },
  })
  t.like(await reads.effective('g'), { revision: 2, entries: { shared: 'a' }, from: { shared: '/a' } })
  t.deepEqual(await reads.groupDiff('g', 1, 2), {
    changed: true,
    groups: [
      {
        group: 'g',
        changes: [
          { key: 'shared', op: 'changed', before: 'b', after: 'a', from: '/a' },
          { key: 'y', op: 'changed', before: 1, after: 2, from: '/b' },
        ],
      },
    ],
    sets: [
      {
        path: '/b',
        changes: [
          { key: 'shared', op: 'removed', before: 'b' },
          { key: 'y', op: 'changed', before: 1, after: 2, from: '/b' },
        ],
      },
    ],
  })
  t.is((await reads.groupDiff('g', 0, 1)).groups[0]?.changes.length, 3)
  t.deepEqual(await reads.groupDiff('g', 2, 2), { changed: false, groups: [], sets: [] })
  t.true(isKonorError(await t.throwsAsync(reads.effective('g', 9)), 'KONOR_ENGINE_NOT_FOUND'))
})

test('decoded blobs are bounded by their bytes, shared while they load, and missing ones are told', async t => {
  const values = [0, 1, 2].map(n => ({ text: `${n}`.repeat(100) }))
  const stored = new Map(values.map(value => [digestOf(value), encodeCanonical(value)]))
  const digests = [...stored.keys()]
  let loads = 0
  const blobs = new DecodedBlobs(async digest => {
    loads++
    return stored.get(digest)
  }, 250)
  const [first, second, third] = digests
  if (first === undefined || second === undefined || third === undefined) return t.fail()
  await Promise.all([blobs.get(first), blobs.get(first)])
  t.is(loads, 1)
  await blobs.get(second)
  await blobs.get(first)
  await blobs.get(third)
  t.true(blobs.sizeBytes <= 250)
  await blobs.get(first)
  t.is(loads, 3, 'the one used longest ago went')
  await blobs.get(second)
  t.is(loads, 4)
  t.true(isKonorError(await t.throwsAsync(blobs.get(digestOf('none'))), 'KONOR_JOURNAL_CORRUPT'))
})

async function declared() {
  const cluster = new TestCluster()
  await cluster.bootstrap()
  const { reads, leader } = cluster
  return { cluster, reads, leader, declare: cluster.declareSet.bind(cluster) }
}
