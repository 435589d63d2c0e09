import { performance } from 'node:perf_hooks'
import { Arrivals } from '../arrivals.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Beside, Figure, Measured } from '../figure.ts'
import { type AgentProgram, startAgentProgram } from '../programs/agent.ts'
import {
  applyManifests,
  type CentralProgram,
  createToken,
  groupManifests,
  startCentralProgram,
  untilApplied,
} from '../programs/central.ts'
import { startEtcd } from '../programs/etcd.ts'
import { followEvents } from '../programs/event-stream.ts'
import { expectStatus } from '../programs/http-client.ts'
import { connectProcesses } from '../programs/processes.ts'
import { residentBytes } from '../programs/resident-bytes.ts'
import { startWatchers, type Watchers } from '../programs/watchers.ts'
import { quantile, spreadOf } from '../quantile.ts'
import { measureSyncFloor } from './disk.ts'

const AGENTS = 10
const CONNECTIONS = 100
const ROUNDS = 5
const CHANGES_PER_ROUND = 40
/** Agents run each line of theirs a few times for a change: it takes some until their code is compiled. */
const WARMUP_CHANGES = 100
const GROUP = 'fleet'
const PATH = '/bench/change'

interface ChangeTimes {
  readonly acceptedMs: number
  readonly swappedMs: number
  readonly endedMs: number
}

interface Fleet {
  readonly central: CentralProgram
  readonly agents: readonly AgentProgram[]
  /** Tells when a job has ended, by its id. */
  readonly ended: Arrivals
}

export const changeBench: Bench = {
  name: 'change',
  about: `one PUT until the last of ${CONNECTIONS} processes over ${AGENTS} agents has it, and etcd with as many watchers`,
  async run(context) {
    const floor = await measureSyncFloor(context)
    const fleet = await startFleet(context)
    const etcd = await startEtcd(context)
    const watchers = etcd === undefined ? undefined : await startWatchers(context, etcd, CONNECTIONS)
    const plain = await measureChanges(fleet, watchers, false)
    context.say('measured without preparing; now with it')
    const preparing = await measureChanges(fleet, watchers, true)
    return [
      { name: 'write + fdatasync of 1 KiB', unit: 'ms', ours: floor },
      ...changeFigures('', plain),
      ...changeFigures(', asked to prepare first', preparing),
      ...(await sizeFigures(fleet)),
    ]
  },
}

interface Changes {
  readonly ours: readonly ChangeTimes[]
  readonly etcd: Measured | undefined
}

async function measureChanges(
  fleet: Fleet,
  watchers: Watchers | undefined,
  prepare: boolean,
): Promise<Changes> {
  const sockets = fleet.agents.map(agent => agent.socketPath)
  const processes = await connectProcesses(CONNECTIONS, { group: GROUP, sockets, prepare })
  const ours: ChangeTimes[] = []
  const theirs: number[] = []
  const change = (turn: number): Promise<ChangeTimes> =>
    changeOnce(fleet, processes.swapped, `${prepare}-${turn}`)
  for (let turn = 0; turn < WARMUP_CHANGES; turn++) {
    await change(-1 - turn)
    await watchers?.change()
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < CHANGES_PER_ROUND; turn++)
      ours.push(await change(round * CHANGES_PER_ROUND + turn))
    if (watchers === undefined) continue
    for (let turn = 0; turn < CHANGES_PER_ROUND; turn++) theirs.push(await watchers.change())
  }
  await processes.close()
  return { ours, etcd: theirs.length === 0 ? undefined : spreadOf(theirs) }
}

/** Writes a new value and waits until every connection has swapped and the job has ended. */
async function changeOnce({ central, ended }: Fleet, swapped: Arrivals, value: string): Promise<ChangeTimes> {
  const allSwapped = swapped.all(value)
  const startMs = performance.now()
  const answer = await central.http.send('PUT', `/api/v1/config${PATH}/key`, { value })
  const acceptedMs = performance.now() - startMs
  const job = expectStatus(answer, 202) as { readonly id: string }
  const [swappedAtMs, endedAtMs] = await Promise.all([allSwapped, ended.all(job.id)])
  return { acceptedMs, swappedMs: swappedAtMs - startMs, endedMs: endedAtMs - startMs }
}

function changeFigures(how: string, { ours, etcd }: Changes): Figure[] {
  const beside: { beside?: Beside } =
    etcd === undefined ? {} : { beside: { name: 'etcd put → last watcher', ...etcd } }
  const figure = (name: string, pick: (times: ChangeTimes) => number): Figure => ({
    name: `${name}${how}`,
    unit: 'ms',
    ours: spreadOf(ours.map(pick)),
  })
  return [
    figure('PUT → (a) accepted, durable', times => times.acceptedMs),
    {
      ...figure(`PUT → (b) last of ${CONNECTIONS} swapped`, times => times.swappedMs),
      ...beside,
      goals: [{ of: 'ratio', atMost: 2 }],
    },
    {
      ...figure('PUT → (c) applied and journaled', times => times.endedMs),
      note: `the job ended under eventual: a majority of the ${AGENTS} nodes has applied, so it may come before (b)`,
    },
  ]
}

async function sizeFigures({ central, agents }: Fleet): Promise<Figure[]> {
  const ofAgents = await Promise.all(agents.map(({ program }) => residentBytes(program.pid)))
  const ofCentral = await residentBytes(central.program.pid)
  const known = ofAgents.filter(size => size !== undefined)
  if (known.length === 0 || ofCentral === undefined) return []
  const agent = quantile(known, 0.5) / 2 ** 20
  return [
    { name: 'agent process, resident', unit: 'MB', ours: { value: agent } },
    { name: 'central process, resident', unit: 'MB', ours: { value: ofCentral / 2 ** 20 } },
  ]
}

async function startFleet(context: BenchContext): Promise<Fleet> {
  const central = await startCentralProgram(context)
  await applyManifests(central.http, groupManifests(GROUP, PATH, { uses: 'eventual', with: {} }))
  const token = await createToken(central.http, GROUP, AGENTS)
  const agents = Array.from({ length: AGENTS }, (_, index) =>
    startAgentProgram(context, `bench-${index}`, token),
  )
  await untilApplied(central.http, GROUP, AGENTS)
  const ended = new Arrivals(1)
  await followEvents(context, central.url, central.apiKey, (type, data) => {
    if (type === 'job.ended') ended.arrived(String(data['job']))
  })
  return { central, agents, ended }
}
