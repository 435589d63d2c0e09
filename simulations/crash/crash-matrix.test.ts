import test from 'ava'
import { FAULT_POINTS } from '../../runtime/ports/fault-points.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { checkJournal } from './check-journal.ts'
import { CrashCluster } from './crash-cluster.ts'
import { runCrashMatrix } from './crash-matrix.ts'
import { CRASH_GROUPS } from './drive-workload.ts'

const IS_FULL = process.env['KONOR_TEST'] === 'full'
/** So many on every run: each point at least once. */
const KILLS = IS_FULL ? 216 : 20
const SEED = process.env['KONOR_SEED'] ?? (IS_FULL ? String(Date.now()) : 'crash')

test('a cluster keeps its promises whoever is killed, wherever', async t => {
  t.timeout(IS_FULL ? 45 * 60_000 : 8 * 60_000)
  t.log(`KONOR_SEED=${SEED}`)
  console.error(`crash matrix: KONOR_SEED=${SEED}`)
  const random = new SeededRandom(SEED)
  const cluster = await CrashCluster.start(t, { groups: CRASH_GROUPS })
  const points = Array.from(
    { length: KILLS },
    (_, index) => FAULT_POINTS[index % FAULT_POINTS.length] ?? FAULT_POINTS[0],
  )
  const nthMax = IS_FULL ? 24 : 3
  const kills = await runCrashMatrix(cluster, { points, random, nthMax, log: line => t.log(line) })
  t.is(kills.length, KILLS)
  t.deepEqual(new Set(kills.map(({ point }) => point)), new Set(FAULT_POINTS))
  await cluster.central.kill()
  const { effects, committed } = await checkJournal(cluster.dataDir)
  t.true(effects > 0)
  // A process of a strong group never ran what was not committed.
  const seen = cluster.readers
    .flatMap(reader => cluster.sightingsOf(reader))
    .filter(({ group }) => group === 'ledger')
  t.true(seen.length > KILLS)
  t.deepEqual(
    seen.filter(({ group, revision }) => revision > 0 && !committed.has(`${group}@${revision}`)),
    [],
  )
})
