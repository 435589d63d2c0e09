import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { ChildProgram } from '../../kit/child-program.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { applyManifests, createToken, groupManifests, untilApplied } from '../programs/central.ts'
import { startCentralScript } from '../programs/central-script.ts'
import { expectStatus, type HttpClient } from '../programs/http-client.ts'
import type { Mark } from '../programs/marks.ts'
import { connectProcesses, type Processes } from '../programs/processes.ts'
import { saidAfter } from '../programs/said-after.ts'
import { spreadOf } from '../quantile.ts'

const GROUP = 'stages'
const PATH = '/bench/stages'
const WARMUP_CHANGES = 100
const CHANGES = 60
const CONNECTIONS_PER_AGENT = 10

/** Marks on the way of a change, in its order; those of agents count when the last agent has passed. */
const STAGES: readonly (readonly [mark: string, name: string])[] = [
  ['engine.before-fold', 'central begins to fold'],
  ['engine.after-fold', 'folded and compiled'],
  ['engine.before-reply', 'durable in the journal'],
  ['central.before-desire', 'first desire sent'],
  ['agent.desire-candidate', 'agents have the desire'],
  ['agent.before-store', 'agents have fetched the bundle'],
  ['agent.after-store', 'agents have stored it'],
  ['agent.before-activate', 'agents begin to activate'],
  ['agent.activate', 'the activation is durable'],
]

export const stagesBench: Bench = {
  name: 'stages',
  about: 'where the time of one change goes, from the PUT to the last process, with 1 agent and with 10',
  async run(context) {
    return [...(await measureStages(context, 1)), ...(await measureStages(context, 10))]
  },
}

interface TimedFleet {
  readonly http: HttpClient
  readonly processes: Processes
  readonly central: ChildProgram
  readonly agents: readonly ChildProgram[]
}

async function measureStages(context: BenchContext, agents: number): Promise<Figure[]> {
  const fleet = await startTimedFleet(context, agents)
  for (let turn = 0; turn < WARMUP_CHANGES; turn++) await changeOnce(fleet, `warm-${turn}`)
  await marksOf(fleet)
  const passed = new Map<string, number[]>()
  const note = (stage: string, tookMs: number): void => {
    passed.set(stage, [...(passed.get(stage) ?? []), tookMs])
  }
  for (let turn = 0; turn < CHANGES; turn++) {
    const startNs = Number(process.hrtime.bigint())
    note('last process swapped', await changeOnce(fleet, `value-${turn}`))
    const [central = [], ...others] = await marksOf(fleet)
    for (const [mark, name] of STAGES) {
      const first = central.find(([what]) => what === mark)
      const last = others.map(marks => marks.find(([what]) => what === mark)?.[1] ?? 0)
      const atNs = first?.[1] ?? Math.max(...last)
      if (atNs > startNs) note(name, (atNs - startNs) / 1_000_000)
    }
  }
  const who = agents === 1 ? '1 agent' : `${agents} agents`
  return [...STAGES.map(([, name]) => name), 'last process swapped'].map(name => ({
    name: `${who}: ${name}`,
    unit: 'ms',
    ours: spreadOf(passed.get(name) ?? []),
  }))
}

/** Answers after how many milliseconds the last process had the value; returns when the group is steady again. */
async function changeOnce({ http, processes, agents }: TimedFleet, value: string): Promise<number> {
  const all = processes.swapped.all(value)
  const startMs = performance.now()
  expectStatus(await http.send('PUT', `/api/v1/config${PATH}/key`, { value }), 202)
  const tookMs = (await all) - startMs
  await untilApplied(http, GROUP, agents.length)
  return tookMs
}

async function marksOf({ central, agents }: TimedFleet): Promise<readonly (readonly Mark[])[]> {
  return Promise.all([central, ...agents].map(program => saidAfter<readonly Mark[]>(program, 'marks')))
}

async function startTimedFleet(context: BenchContext, count: number): Promise<TimedFleet> {
  const { program: central, http } = await startCentralScript(context, 'timed-central.js')
  await applyManifests(http, groupManifests(GROUP, PATH, { uses: 'eventual', with: {} }))
  const token = await createToken(http, GROUP, count)
  const script = fileURLToPath(new URL('../programs/timed-agent.js', import.meta.url))
  const started = Array.from({ length: count }, (_, index) => {
    const dataDir = tempDir(context)
    const socket = join(dataDir, 'agent.sock')
    const args = [script, dataDir, socket, `timed-${index}`, token]
    return { socket, program: new ChildProgram(context, process.execPath, args) }
  })
  await untilApplied(http, GROUP, count)
  const sockets = started.map(({ socket }) => socket)
  const options = { group: GROUP, sockets, prepare: false }
  const processes = await connectProcesses(count * CONNECTIONS_PER_AGENT, options)
  context.teardown(() => processes.close())
  return { http, processes, central, agents: started.map(({ program }) => program) }
}
