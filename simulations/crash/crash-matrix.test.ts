import test, { type ExecutionContext } from 'ava'
import { FAULT_POINTS } from '../../runtime/ports/fault-points.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { checkJournal } from './check-journal.ts'
import { CrashCluster } from './crash-cluster.ts'
import { runCrashMatrix } from './crash-matrix.ts'
import { CRASH_GROUPS } from './drive-workload.ts'

const IS_FULL = process.env['KONOR_TEST'] === 'full'
/**
 * So many clusters and kills of each; each point at least once. Fresh clusters, because a central lists the newest jobs
 * only, and all that were accepted are to be found.
 */
const CLUSTERS = IS_FULL ? 4 : 1
const KILLS = IS_FULL ? 54 : 20
/** A process stops at one of the first so many hits of its point. */
const NTH_MAX = IS_FULL ? 24 : 3
const SEED = process.env['KONOR_SEED'] ?? (IS_FULL ? String(Date.now()) : 'crash')

console.error(`crash matrix: KONOR_SEED=${SEED}`)

for (let index = 1; index <= CLUSTERS; index++)
  test.serial(`cluster ${index} keeps its promises whoever is killed, wherever`, async t => {
    t.timeout(IS_FULL ? 30 * 60_000 : 8 * 60_000)
    await hurt(t, new SeededRandom(`${SEED}/${index}`))
  })

async function hurt(t: ExecutionContext, random: Random): Promise<void> {
  const cluster = await CrashCluster.start(t, { groups: CRASH_GROUPS })
  const points = Array.from(
    { length: KILLS },
    (_, index) => FAULT_POINTS[index % FAULT_POINTS.length] ?? FAULT_POINTS[0],
  )
  const log = (line: string): void => t.log(line)
  const kills = await runCrashMatrix(cluster, { points, random, nthMax: NTH_MAX, log })
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
}
