import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { ChildProgram } from '../../kit/child-program.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { applyManifests, createToken, groupManifests, untilApplied } from '../programs/central.ts'
import { startCentralScript } from '../programs/central-script.ts'
import { expectStatus, type HttpClient } from '../programs/http-client.ts'
import { saidAfter } from '../programs/said-after.ts'

/** The first agents also pay for code and pools that are there once: they are not counted. */
const WARMUP_AGENTS = 100
const AGENTS = 1_000
const GROUP = 'crowd'
const PATH = '/bench/crowd'
const PATIENCE_MS = 180_000

interface Weight {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

export const crowdBench: Bench = {
  name: 'crowd',
  about: `what one of ${AGENTS} connected agents costs central: memory with its actors, a change for all`,
  async run(context) {
    const { program, http } = await startCentralScript(context, 'weighed-central.js')
    await applyManifests(http, groupManifests(GROUP, PATH, { uses: 'eventual', with: {} }))
    const token = await createToken(http, GROUP, WARMUP_AGENTS + AGENTS)
    await joinCrowd(context, 'early', WARMUP_AGENTS, token)
    await changeAll(http, WARMUP_AGENTS, 'first change')
    const before = await saidAfter<Weight>(program, 'weigh')
    const startMs = performance.now()
    await joinCrowd(context, 'late', AGENTS, token)
    const joinSeconds = (performance.now() - startMs) / 1_000
    context.say(`${AGENTS} agents joined in ${joinSeconds.toFixed(1)} s`)
    const after = await saidAfter<Weight>(program, 'weigh')
    const changeMs = await changeAll(http, WARMUP_AGENTS + AGENTS, 'second change')
    return [
      ...weightFigures(before, after, await saidAfter<Weight>(program, 'weigh')),
      { name: 'agents that join', unit: '/s', ours: { value: AGENTS / joinSeconds } },
      {
        name: `a change until ${WARMUP_AGENTS + AGENTS} agents applied`,
        unit: 'ms',
        ours: { value: changeMs },
        note: 'until GET of the group counts all of them; the agents are one process that applies at once',
      },
    ]
  },
}

function weightFigures(before: Weight, joined: Weight, changed: Weight): Figure[] {
  const figure = (name: string, what: keyof Weight, last: Weight): Figure => ({
    name,
    unit: 'kB',
    ours: { value: (last[what] - before[what]) / AGENTS / 1_000 },
  })
  return [
    {
      ...figure('central, resident per connected agent', 'rss', joined),
      beside: { name: 'etcd, published, per watcher', value: 35 },
      goals: [{ of: 'value', atMost: 35 }],
      note: `link, session and actors (node, identity, subscription); growth from ${WARMUP_AGENTS} agents to ${AGENTS} more, garbage collected`,
    },
    figure('of it, JavaScript heap', 'heapUsed', joined),
    figure('of it, buffers', 'external', joined),
    figure('resident, after a change for all', 'rss', changed),
  ]
}

async function joinCrowd(context: BenchContext, prefix: string, count: number, token: string): Promise<void> {
  const script = fileURLToPath(new URL('../programs/crowd.js', import.meta.url))
  const crowd = new ChildProgram(context, process.execPath, [script, prefix, String(count), token])
  await crowd.waitForOutput(/^up$/m, { timeoutMs: PATIENCE_MS })
}

/** One change, until every node has applied it. */
async function changeAll(http: HttpClient, nodes: number, value: string): Promise<number> {
  const startMs = performance.now()
  expectStatus(await http.send('PUT', `/api/v1/config${PATH}/key`, { value }, { prefer: 'wait=60' }), 200)
  await untilApplied(http, GROUP, nodes)
  return performance.now() - startMs
}
