import type { Etcd3, Watcher } from 'etcd3'
import { performance } from 'node:perf_hooks'
import { connect } from '../../../agent/sdk/connect.ts'
import type { KonorClient } from '../../../agent/sdk/konor-client.ts'
import { pollUntil } from '../../kit/poll-until.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Beside, Figure } from '../figure.ts'
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
import { residentBytes } from '../programs/resident-bytes.ts'
import { quantile, spreadOf } from '../quantile.ts'
import { Arrivals } from './arrivals.ts'
import { measureSyncFloor } from './disk.ts'

const AGENTS = 10
const CONNECTIONS = 100
const ROUNDS = 5
const CHANGES_PER_ROUND = 60
const WARMUP_CHANGES = 30
const GROUP = 'fleet'
const PATH = '/bench/change'

interface ChangeTimes {
  readonly acceptedMs: number
  readonly swappedMs: number
  readonly endedMs: number
}

export const changeBench: Bench = {
  name: 'change',
  about: `one PUT until the last of ${CONNECTIONS} processes over ${AGENTS} agents has it, and the same with etcd watchers`,
  async run(context) {
    const floor = await measureSyncFloor(context)
    const fleet = await startFleet(context)
    const etcd = await startEtcd(context)
    const watchers = etcd === undefined ? undefined : await startWatchers(context, etcd)
    const ours: ChangeTimes[] = []
    const theirs: number[] = []
    for (let change = 0; change < WARMUP_CHANGES; change++) {
      await fleet.change()
      await watchers?.change()
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (let change = 0; change < CHANGES_PER_ROUND; change++) ours.push(await fleet.change())
      if (watchers === undefined) continue
      for (let change = 0; change < CHANGES_PER_ROUND; change++) theirs.push(await watchers.change())
    }
    return [
      { name: 'write + fdatasync of 1 KiB', unit: 'ms', ours: floor },
      ...changeFigures(ours, theirs),
      ...(await sizeFigures(fleet)),
    ]
  },
}

function changeFigures(ours: readonly ChangeTimes[], theirs: readonly number[]): Figure[] {
  const beside: { beside?: Beside } =
    theirs.length === 0 ? {} : { beside: { name: 'etcd put → last watcher', ...spreadOf(theirs) } }
  const figure = (name: string, pick: (times: ChangeTimes) => number): Figure => ({
    name,
    unit: 'ms',
    ours: spreadOf(ours.map(pick)),
  })
  return [
    figure('PUT → (a) accepted, durable', times => times.acceptedMs),
    {
      ...figure(`PUT → (b) last of ${CONNECTIONS} connections swapped`, times => times.swappedMs),
      ...beside,
      goals: [{ of: 'ratio', atMost: 2 }],
    },
    {
      ...figure('PUT → (c) applied and journaled', times => times.endedMs),
      note: `job ended under eventual: a majority of the ${AGENTS} nodes has applied, so it may come before (b)`,
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

export interface Fleet {
  readonly central: CentralProgram
  readonly agents: readonly AgentProgram[]
  /** Writes a new value and waits until every connection has swapped and the job has ended. */
  change(): Promise<ChangeTimes>
}

async function startFleet(context: BenchContext): Promise<Fleet> {
  const central = await startCentralProgram(context)
  const policy = { uses: 'eventual', with: {} }
  await applyManifests(central.http, groupManifests(GROUP, PATH, policy))
  const token = await createToken(central.http, GROUP, AGENTS)
  const agents = Array.from({ length: AGENTS }, (_, index) =>
    startAgentProgram(context, `bench-${index}`, token),
  )
  await untilApplied(central.http, GROUP, AGENTS)
  const swapped = new Arrivals(CONNECTIONS)
  const ended = new Arrivals(1)
  for (let index = 0; index < CONNECTIONS; index++) {
    const agent = agents[index % AGENTS]
    if (agent === undefined) continue
    const client = await connect({ group: GROUP, process: `bench-${index}`, socket: agent.socketPath })
    context.teardown(() => client.close())
    client.onChange(() => swapped.arrived(valueOf(client)))
  }
  await followEvents(context, central.url, central.apiKey, (type, data) => {
    if (type === 'job.ended') ended.arrived(String(data['job']))
  })
  let turn = 0
  const change = async (): Promise<ChangeTimes> => {
    const value = `value-${++turn}`
    const allSwapped = swapped.all(value)
    const startMs = performance.now()
    const answer = await central.http.send('PUT', `/api/v1/config${PATH}/key`, { value })
    const acceptedMs = performance.now() - startMs
    const job = expectStatus(answer, 202) as { readonly id: string }
    const [swappedAtMs, endedAtMs] = await Promise.all([allSwapped, ended.all(job.id)])
    return { acceptedMs, swappedMs: swappedAtMs - startMs, endedMs: endedAtMs - startMs }
  }
  return { central, agents, change }
}

function valueOf(client: KonorClient): string {
  return client.get('key', '')
}

async function startWatchers(context: BenchContext, etcd: Etcd3): Promise<{ change(): Promise<number> }> {
  const seen = new Arrivals(CONNECTIONS)
  const watchers: Watcher[] = []
  for (let index = 0; index < CONNECTIONS; index++) {
    const watcher = await etcd.watch().key('bench/watched').create()
    watcher.on('put', pair => seen.arrived(pair.value.toString()))
    watchers.push(watcher)
  }
  context.teardown(async () => {
    await Promise.all(watchers.map(watcher => watcher.cancel()))
  })
  await pollUntil('the watchers stand', () => watchers.every(watcher => watcher.id !== null))
  let turn = 0
  return {
    async change() {
      const value = `value-${++turn}`
      const all = seen.all(value)
      const startMs = performance.now()
      await etcd.put('bench/watched').value(value)
      return (await all) - startMs
    },
  }
}
