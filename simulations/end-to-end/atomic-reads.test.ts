import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { CrashCluster, manifest } from '../crash/crash-cluster.ts'
import { ChildProgram } from '../kit/child-program.ts'
import type { LoopReport } from './loop-report.ts'

const LOOP_READER_MAIN = fileURLToPath(new URL('loop-reader-process.js', import.meta.url))
const REVISIONS = 500
const KEYS = 1_000
const PROCESSES = 5
const CLIENTS_PER_PROCESS = 20
const BIG_KEYS = 10_000
/** Ten thousand of these, with their keys, fill a bundle of 16 MiB but for its last thousandth. */
const BIG_VALUE_CHARACTERS = 1_670

test.serial(
  '100 clients read in a loop while 500 revisions of 1,000 keys roll: no mix, nothing backward',
  async t => {
    t.timeout(10 * 60_000)
    const cluster = await twoNodes(t)
    const loops = startLoops(t, cluster, {
      processes: PROCESSES,
      clients: CLIENTS_PER_PROCESS,
      last: REVISIONS,
    })
    await Promise.all(loops.map(loop => loop.waitForOutput(/READY/, { timeoutMs: 60_000 })))
    for (let generation = 1; generation <= REVISIONS; generation++)
      await roll(t, cluster, generation, KEYS, 0)
    const reports = await Promise.all(loops.map(reportOf))
    t.deepEqual(
      reports.flatMap(({ faults }) => faults),
      [],
    )
    const swaps = sum(reports.map(report => report.swaps))
    t.log(`${sum(reports.map(report => report.reads))} reads, ${swaps} snapshots`)
    // A client may miss some that went by faster than it read, but not most of them.
    t.true(swaps > (PROCESSES * CLIENTS_PER_PROCESS * REVISIONS) / 2)
  },
)

test.serial('a bundle of 10,000 keys and 16 MiB rolls as one', async t => {
  t.timeout(5 * 60_000)
  const cluster = await twoNodes(t)
  const loops = startLoops(t, cluster, { processes: 2, clients: 2, last: 3 })
  await Promise.all(loops.map(loop => loop.waitForOutput(/READY/, { timeoutMs: 60_000 })))
  for (let generation = 1; generation <= 3; generation++)
    await roll(t, cluster, generation, BIG_KEYS, BIG_VALUE_CHARACTERS)
  const reports = await Promise.all(loops.map(reportOf))
  t.deepEqual(
    reports.flatMap(({ faults }) => faults),
    [],
  )
  t.true(sum(reports.map(report => report.swaps)) > 0)
})

async function twoNodes(t: ExecutionContext): Promise<CrashCluster> {
  const groups = [{ name: 'web', uses: 'eventual', with: { quorum: '100%' } }]
  return CrashCluster.start(t, { groups, nodes: 2, processesPerNode: 0 })
}

function startLoops(
  t: ExecutionContext,
  cluster: CrashCluster,
  { processes, clients, last }: { processes: number; clients: number; last: number },
): readonly ChildProgram[] {
  return Array.from({ length: processes }, (_, index) => {
    const node = cluster.agents[index % cluster.agents.length]?.name ?? ''
    const args = [cluster.socketOf(node), `loop-${index}`, 'web', String(clients), String(last)]
    return new ChildProgram(t, process.execPath, [LOOP_READER_MAIN, ...args])
  })
}

async function roll(
  t: ExecutionContext,
  { control }: CrashCluster,
  generation: number,
  keys: number,
  characters: number,
): Promise<void> {
  const value = `${generation}:${'x'.repeat(Math.max(0, characters - 8))}`
  const entries: Record<string, string> = {}
  for (let key = 0; key < keys; key++) entries[`key-${String(key).padStart(5, '0')}`] = value
  const body = manifest('ConfigSet', { path: '/web' }, { entries }).replace('---\n', '')
  const job = await control.run({ method: 'POST', path: '/api/v1/apply', body })
  if (job?.state !== 'succeeded') t.fail(`generation ${generation}: ${JSON.stringify(job)}`)
}

async function reportOf(loop: ChildProgram): Promise<LoopReport> {
  const [, text = ''] = await loop.waitForOutput(/REPORT (.*)/, { timeoutMs: 60_000 })
  return JSON.parse(text) as LoopReport
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
