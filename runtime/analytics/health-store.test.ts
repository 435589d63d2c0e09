import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tempDir } from '../../simulations/kit/temp-dir.ts'
import { silentLogger } from '../ports/logger.ts'
import type { HealthMeasures } from './health-columns.ts'
import type { HealthStore, Resolution, Retention } from './health-store.ts'
import { createMemoryHealthStore } from './memory-health-store.ts'
import { openSqliteHealthStore } from './sqlite/sqlite-health-store.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A day that begins at a whole hour. */
const START = 20_000 * DAY

interface Bounds {
  readonly retention?: Retention
  readonly rowsMax?: number
}

type Open = (t: ExecutionContext, bounds?: Bounds) => Promise<HealthStore>

const STORES: Readonly<Record<string, Open>> = {
  memory: async (_, { retention, rowsMax } = {}) => createMemoryHealthStore(retention, rowsMax),
  sqlite: async (t, bounds = {}) => {
    const file = join(tempDir(t), 'analytics.db')
    const store = await openSqliteHealthStore({ file, logger: silentLogger, ...bounds })
    t.teardown(() => store.close())
    return store
  },
}

const sample = (roundTripUs: number): HealthMeasures => ({
  heard: 2,
  statistics: 1,
  peerCount: 1,
  peerSumUs: roundTripUs,
  peerMinUs: roundTripUs,
  peerMaxUs: roundTripUs,
})

const all = (store: HealthStore, resolution: Resolution, node = 'n1') =>
  store.history(node, resolution, { fromMs: 0, toMs: START + 90 * DAY, limit: 1_000_000 })

/** Steps of ten seconds from the start. */
async function fill(store: HealthStore, steps: number, nodes: readonly string[] = ['n1']): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const rows = nodes.map(node => ({ node, measures: sample(1_000 + step) }))
    await store.write(START + step * 10_000, rows)
  }
}

for (const [name, open] of Object.entries(STORES)) {
  test(`${name}: rows come back by node and range, oldest first, the newest when there are more`, async t => {
    const store = await open(t)
    await fill(store, 5, ['n1', 'n2'])
    const range = { fromMs: START + 10_000, toMs: START + 40_000, limit: 2 }
    const rows = await store.history('n2', '10s', range)
    t.deepEqual(
      rows.map(({ atMs, measures }) => [atMs - START, measures.peerSumUs]),
      [
        [20_000, 1_002],
        [30_000, 1_003],
      ],
    )
    t.deepEqual(await store.history('n3', '10s', range), [])
  })

  test(`${name}: a stretch that is written twice is merged`, async t => {
    const store = await open(t)
    await store.write(START, [{ node: 'n1', measures: sample(5) }])
    await store.write(START + 3_000, [{ node: 'n1', measures: { ...sample(2), lagMax: 7 } }])
    const [row] = await all(store, '10s')
    t.deepEqual(row, {
      atMs: START,
      measures: {
        heard: 4,
        statistics: 2,
        peerCount: 2,
        peerSumUs: 7,
        peerMinUs: 2,
        peerMaxUs: 5,
        lagMax: 7,
      },
    })
  })

  test(`${name}: minutes and hours add up to what was measured`, async t => {
    const store = await open(t)
    await fill(store, 361)
    const minutes = (await all(store, '1m')).filter(({ atMs }) => atMs < START + HOUR)
    t.is(minutes.length, 60)
    t.like(minutes[1]?.measures, { heard: 12, peerCount: 6, peerMinUs: 1_006, peerMaxUs: 1_011 })
    const [hour] = await all(store, '1h')
    t.like(hour, { atMs: START })
    t.like(hour?.measures, { heard: 720, peerMinUs: 1_000, peerMaxUs: 1_359 })
  })

  test(`${name}: what is older than the retention goes, and the oldest past the bound of rows`, async t => {
    const kept = await open(t, { retention: { '10s': 60_000, '1m': HOUR, '1h': DAY } })
    await fill(kept, 31)
    const oldest = (await all(kept, '10s'))[0]
    t.true(oldest !== undefined && oldest.atMs >= START + 300_000 - 60_000)
    t.true((await all(kept, '1m')).length >= 5)

    const bounded = await open(t, { rowsMax: 20 })
    await fill(bounded, 31, ['n1', 'n2'])
    const left = (await all(bounded, '10s')).length + (await all(bounded, '10s', 'n2')).length
    t.true(left <= 20, `${left} rows are left`)
    t.is((await all(bounded, '10s')).at(-1)?.atMs, START + 300_000)
  })
}

test('a restart goes on where it was, in the middle of a minute too', async t => {
  const file = join(tempDir(t), 'analytics.db')
  const first = await openSqliteHealthStore({ file, logger: silentLogger })
  await fill(first, 9)
  await first.close()
  const second = await openSqliteHealthStore({ file, logger: silentLogger })
  for (let step = 9; step < 19; step++)
    await second.write(START + step * 10_000, [{ node: 'n1', measures: sample(1_000 + step) }])
  t.deepEqual(
    (await all(second, '1m')).map(({ measures }) => measures.peerCount),
    [6, 6, 6],
  )
  await second.close()
})

for (const [what, damage] of [
  [
    'is no database',
    () => Buffer.from('this is no database at all, though it is long enough to be looked at'),
  ],
  [
    'is damaged',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 90), Buffer.alloc(bytes.length - 90, 0xff)]),
  ],
] as const) {
  test(`a file that ${what} is moved aside and begun anew`, async t => {
    const file = join(tempDir(t), 'analytics.db')
    const first = await openSqliteHealthStore({ file, logger: silentLogger })
    await fill(first, 3)
    await first.close()
    const damaged = damage(readFileSync(file))
    writeFileSync(file, damaged)
    let anew = 0
    const second = await openSqliteHealthStore({ file, logger: silentLogger, onBegunAnew: () => anew++ })
    await fill(second, 2)
    t.is((await all(second, '10s')).length, 2)
    t.is(anew, 1)
    t.deepEqual(readFileSync(`${file}.damaged`), damaged)
    await second.close()
  })
}
