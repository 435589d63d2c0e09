import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { spawnKonor } from '../../../simulations/kit/spawn-konor.ts'
import { tempDir } from '../../../simulations/kit/temp-dir.ts'
import { runKonor } from '../run-konor.test.kit.ts'
import type { RehearsalReport } from '../../rehearsals/rehearsal-report.ts'

const CHANGE = `apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: /teams/payments/stripe }
spec: { entries: { rate-limit: 2000, webhook: "s3cret-value" } }
---
apiVersion: konorkestra/v1
kind: Policy
metadata: { name: careful }
spec: { uses: eventual, with: { quorum: 60%, floor: 1 } }
---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: payments-prod }
spec: { sets: [/environments/prod, /teams/payments/stripe], policy: careful }
`

function homeWithChange(t: Parameters<typeof tempDir>[0]): string {
  const home = tempDir(t)
  writeFileSync(join(home, 'change.yaml'), CHANGE)
  return home
}

const OFFLINE = ['rehearse', '-f', 'change.yaml', '--nodes', '6', '--seeds', '4', '--jobs', '2']

test('rehearse plays a change offline and answers with its identity first', async t => {
  const { code, out, err } = await runKonor(homeWithChange(t), OFFLINE)
  t.is(code, 0, err)
  t.regex(out, /^rehearsal [0-9a-f]{12}: konor .*, seeds 1\.\.4, nodes=6 groups=1 faults=light/)
  t.regex(out, /^changes: payments-prod, at \/teams\/payments\/stripe$/m)
  t.regex(out, /committed +4 +100%/)
  t.false(out.includes('s3cret-value'))
})

test('rehearse exits 1 when a limit is exceeded, and its JSON says which', async t => {
  const gate = [
    ...OFFLINE,
    '--faults',
    'none',
    '--reject',
    '100%',
    '--max-rollback',
    '5%',
    '--max-time',
    'p99=2m',
    '-o',
    'json',
  ]
  const { code, out } = await runKonor(homeWithChange(t), gate)
  t.is(code, 1)
  const report = JSON.parse(out) as RehearsalReport
  const { schema, runs, ends, shares, commitMs, blastRadius, reasons, worst, limits, exceeded } = report
  t.is(schema, 1)
  t.is(runs, 4)
  t.deepEqual(ends, { committed: 0, paused: 0, 'rolled-back': 4, failed: 0 })
  t.is(shares['rolled-back'], 1)
  t.is(commitMs, null)
  t.true(blastRadius.max > 0.6 && blastRadius.mean <= blastRadius.max)
  t.like(reasons[0], { end: 'rolled-back', reason: 'rejected', runs: 4 })
  t.like(worst, { end: 'rolled-back' })
  t.true((worst?.story.length ?? 0) > 3)
  t.deepEqual(limits, [
    { limit: 'max-rollback', allowed: 0.05, found: 1, exceeded: true },
    { limit: 'max-time p99', allowed: 120_000, found: null, exceeded: true },
  ])
  t.true(exceeded)
})

test('a quorum that commits over the heads of nodes that reject says so, and a limit may forbid it', async t => {
  const quorum = ['rehearse', '-f', 'change.yaml', '--nodes', '40', '--seeds', '3', '--faults', 'none']
  const gate = [...quorum, '--reject', '20%', '--max-blast', '5%', '--max-rollback', '0%']
  const home = homeWithChange(t)
  const green = await runKonor(home, gate)
  t.is(green.code, 0, green.err)
  t.regex(
    green.out,
    /rejected by +worst [0-9]+ of 40 nodes of payments-prod, mean .*, in runs that committed/,
  )
  t.regex(green.out, /committed after .*; but [0-9]+ of 40 nodes of payments-prod rejected it/)
  const red = await runKonor(home, [...gate, '--max-rejected', '5%', '-o', 'json'])
  t.is(red.code, 1, red.err)
  const { ends, rejected, limits } = JSON.parse(red.out) as RehearsalReport
  t.is(ends.committed, 3)
  t.true(rejected.max > 0.05 && rejected.mean > 0 && rejected.mean <= rejected.max)
  t.is(rejected.maxCommitted, rejected.max)
  t.like(limits[2], { limit: 'max-rejected', found: rejected.max, exceeded: true })
})

test('one seed tells its story, the same in as many threads as one likes', async t => {
  const home = homeWithChange(t)
  const one = ['rehearse', '-f', 'change.yaml', '--nodes', '6', '--seed', '3', '--faults', 'heavy']
  const alone = await runKonor(home, one)
  t.is(alone.code, 0, alone.err)
  t.regex(alone.out, /seed 3,[^]*admin +applies the change[^]*fault /)
  const all = await runKonor(home, [...OFFLINE, '--faults', 'heavy', '-o', 'json'])
  const { worst } = JSON.parse(all.out) as RehearsalReport
  const again = await runKonor(home, [...one.slice(0, 6), String(worst?.seed), ...one.slice(7), '-o', 'json'])
  t.deepEqual((JSON.parse(again.out) as RehearsalReport).worst, worst)
})

test('flags that say nothing that can be played are refused with what was expected', async t => {
  const home = homeWithChange(t)
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--faults', 'some'], /--faults: expected none, light, heavy, swarm/],
    [['--max-time', 'p99=soon'], /--max-time: expected pNN=DURATION/],
    [['--reject', '2'], /--reject: expected a share such as 5%/],
    [['--nodes', '10001'], /--nodes: expected a number from 1 to 10000/],
    [['--nodes', 'many'], /--nodes: expected a number/],
    [
      ['--processes', '0', '--reject', '60%'],
      /KONOR_REHEARSAL_NO_PROCESS: no process reports in payments-prod/,
    ],
    [['--processes', '0', '--slow', 'p99=9s'], /would strike nobody[^]*next: [^]*--processes 1/],
    [['--policy', 'nobody'], /the policy nobody is not in the manifests/],
  ]
  for (const [flags, expected] of refusals) {
    const { code, err } = await runKonor(home, [...OFFLINE, ...flags])
    t.is(code, 2)
    t.regex(err, expected)
  }
})

test('a signal ends a rehearsal with the report of what was played so far', async t => {
  const cwd = homeWithChange(t)
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    const konor = spawnKonor(t, [...OFFLINE, '--seeds', '10000', '-v', '-o', 'json'], { cwd })
    await konor.waitForOutput(/seed \d+: committed/)
    konor.signal(name)
    t.is((await konor.exited).code, 130, konor.describe())
    const { runs, wanted, ends } = JSON.parse(konor.stdout) as RehearsalReport
    t.is(wanted, 10_000)
    t.true(runs > 0 && runs < wanted && ends.committed > 0)
  }
})
