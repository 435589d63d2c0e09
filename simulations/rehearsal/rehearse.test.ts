import test from 'ava'
import type { RehearsalOutcome } from '../../runtime/rehearsals/rehearsal-outcome.ts'
import type { RehearsalSpec, RehearsalTopology } from '../../runtime/rehearsals/rehearsal-spec.ts'
import { buildBaseCluster } from './base-cluster.ts'
import { rehearse } from './rehearse.ts'

interface Case {
  readonly uses: string
  readonly options?: Readonly<Record<string, string>>
  readonly offline?: readonly string[]
  readonly nodes?: number
}

function topologyOf({ uses, options = {}, offline = [], nodes = 9 }: Case): RehearsalTopology {
  return {
    policies: [{ name: 'careful', uses, with: options }],
    groups: [{ name: 'web', sets: ['/shared', '/web'], policy: 'careful' }],
    nodes: Array.from({ length: nodes }, (_, index) => `n${index + 1}`).map(name => ({
      name,
      liveness: offline.includes(name) ? 'offline' : 'alive',
      groups: { web: 1 },
    })),
  }
}

/** The outcomes of seeds 1, 2, … */
async function play(what: Case, given: Partial<RehearsalSpec> = {}, runs = 1): Promise<RehearsalOutcome[]> {
  const topology = topologyOf(what)
  const spec: RehearsalSpec = {
    topology,
    change: { policies: [], groups: [], paths: ['/web'] },
    faults: 'none',
    rejectShare: 0,
    slowP99Ms: 500,
    horizonMs: 3_600_000,
    ...given,
  }
  const base = await buildBaseCluster(topology)
  const outcomes: RehearsalOutcome[] = []
  for (let seed = 1; seed <= runs; seed++) outcomes.push(await rehearse(base, spec, seed))
  return outcomes
}

test('a change that nobody minds commits on every seed, and time to commit follows the processes', async t => {
  const [quick] = await play({ uses: 'eventual' }, { slowP99Ms: 100 })
  const [slow] = await play({ uses: 'eventual' }, { slowP99Ms: 100_000 })
  t.like(quick, { end: 'committed', reason: null, blastRadius: 0, faults: 0 })
  t.true((quick?.commitMs ?? Infinity) * 10 < (slow?.commitMs ?? 0))
})

test('a strong group with a node that the journal knows as offline is undone, and the node is named', async t => {
  const [outcome] = await play({ uses: 'strong', options: { stageTimeout: '3m' }, offline: ['n7'] })
  t.like(outcome, { end: 'rolled-back', reason: 'stage-timeout', because: 'n7 is offline', blastRadius: 0 })
  t.is(Math.round((outcome?.endMs ?? 0) / 1_000), 180)
})

test('where its policy pauses instead, the rehearsal says that it pauses', async t => {
  const options = { stageTimeout: '3m', onStageTimeout: 'pause' }
  const [outcome] = await play({ uses: 'strong', options, offline: ['n7', 'n8'] })
  t.like(outcome, { end: 'paused', reason: 'stage-timeout', because: 'n7, n8 are offline' })
})

test('an eventual group commits without the nodes that are offline', async t => {
  const [outcome] = await play({ uses: 'eventual', offline: ['n1', 'n2', 'n3'] })
  t.is(outcome?.end, 'committed')
})

test('processes that reject take the change back from every node that ran it', async t => {
  const [eventual] = await play({ uses: 'eventual' }, { rejectShare: 1 })
  t.like(eventual, { end: 'rolled-back', reason: 'rejected', blastRadius: 1 })
  t.regex(eventual?.because ?? '', /^n\d: process-1: rejected in rehearsal/)
  const [strong] = await play({ uses: 'strong' }, { rejectShare: 1 })
  // It had been committed when the processes were told: that it was taken back weighs more.
  t.like(strong, { end: 'rolled-back', blastRadius: 1 })
})

test('nodes whose processes reject are counted, in a run that commits by its quorum too', async t => {
  const wish = { rejectShare: 0.2, slowP99Ms: 100 }
  const [outcome] = await play({ uses: 'eventual', options: { quorum: '60%' }, nodes: 40 }, wish)
  t.like(outcome, { end: 'committed', blastRadius: 0, rejected: { group: 'web', of: 40 } })
  t.true((outcome?.rejected?.nodes ?? 0) > 0)
  const [all] = await play({ uses: 'eventual' }, { rejectShare: 1 })
  t.true((all?.rejected?.nodes ?? 0) > 1)
  const [none] = await play({ uses: 'eventual' }, { faults: 'heavy' })
  t.is(none?.rejected, null)
})

test('a seed tells the same story each time, and another seed another one', async t => {
  const wish = { faults: 'heavy', rejectShare: 0.1 } as const
  const once = await play({ uses: 'eventual' }, wish, 3)
  t.deepEqual(await play({ uses: 'eventual' }, wish, 3), once)
  t.is(new Set(once.map(({ story }) => story.join('\n'))).size, 3)
})

test('whatever goes wrong, a change ends, and what is not committed says why', async t => {
  for (const uses of ['eventual', 'strong']) {
    const outcomes = await play({ uses, nodes: 12 }, { faults: 'swarm', rejectShare: 0.02 }, 15)
    for (const { seed, end, reason } of outcomes) {
      t.not(end, 'failed', `${uses}, seed ${seed}`)
      t.is(end === 'committed', reason === null, `${uses}, seed ${seed}`)
    }
    t.true(outcomes.some(({ end }) => end === 'committed'))
    t.true(outcomes.some(({ faults }) => faults > 0))
  }
})

test('where all faults end before the timeout, a strong group waits for its nodes and commits', async t => {
  const outcomes = await play({ uses: 'strong', nodes: 20 }, { faults: 'swarm' }, 25)
  const others = outcomes.filter(({ end }) => end !== 'committed')
  t.deepEqual(others, [])
})

test('a change of the policy is rolled out by the new one', async t => {
  const strict = { name: 'strict', uses: 'strong', with: { stageTimeout: '1m' } }
  const group = { name: 'web', sets: ['/shared', '/web'], policy: 'strict' }
  const change = { policies: [strict], groups: [group], paths: ['/web'] }
  const [outcome] = await play({ uses: 'eventual', offline: ['n7'] }, { change })
  t.like(outcome, { end: 'rolled-back', reason: 'stage-timeout', because: 'n7 is offline' })
  t.is(Math.round((outcome?.endMs ?? 0) / 1_000), 60)
})

test('of many nodes every one is played', async t => {
  const nodes = process.env['KONOR_TEST'] === 'full' ? 10_000 : 200
  const [outcome] = await play({ uses: 'eventual', nodes })
  t.is(outcome?.end, 'committed')
  t.true(outcome?.story.some(line => line.includes(`runs revision 2 of web: ${nodes} of ${nodes} do`)))
})

test('a change that is refused fails with the words of the refusal', async t => {
  const group = { name: 'web', sets: ['/web'], policy: 'nobody-declared-it' }
  const [outcome] = await play({ uses: 'eventual' }, { change: { policies: [], groups: [group], paths: [] } })
  t.is(outcome?.end, 'failed')
  t.regex(outcome?.reason ?? '', /nobody-declared-it/)
})
