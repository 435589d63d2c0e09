import type { Etcd3 } from 'etcd3'
import { performance } from 'node:perf_hooks'
import { pollUntil } from '../../kit/poll-until.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure, Measured } from '../figure.ts'
import { type CentralProgram, startCentralProgram } from '../programs/central.ts'
import { startEtcd } from '../programs/etcd.ts'
import { expectStatus } from '../programs/http-client.ts'
import { quantile, spreadOf } from '../quantile.ts'
import { measureSyncFloor } from './disk.ts'

const ROUNDS = 4
const ROUND_MS = 2_500
const WARMUP_MS = 1_500
const CLIENTS_MAX = 64

/** One write of one client, acknowledged when it is durable. */
type Write = (client: number, turn: number) => Promise<unknown>

interface Rate {
  readonly perSecond: Measured
  readonly latencyMs: Measured & { readonly p99: number }
}

interface Case {
  readonly name: string
  readonly clients: number
  readonly pathOf: (client: number) => string
}

const CASES: readonly Case[] = [
  { name: '1 client', clients: 1, pathOf: () => '/bench/one' },
  { name: '64 clients, 8 paths', clients: CLIENTS_MAX, pathOf: client => `/bench/path-${client % 8}` },
  { name: '64 clients, 1 path', clients: CLIENTS_MAX, pathOf: () => '/bench/shared' },
]

export const writesBench: Bench = {
  name: 'writes',
  about: `accepted jobs a second (PUT, 202 when durable) and etcd puts, ${ROUNDS} rounds of each in turn`,
  async run(context) {
    const floor = await measureSyncFloor(context)
    const central = await startCentralProgram(context, { connections: CLIENTS_MAX })
    const etcd = await startEtcd(context)
    const figures: Figure[] = [{ name: 'write + fdatasync of 1 KiB', unit: 'ms', ours: floor }]
    for (const one of CASES) figures.push(...(await measureCase(context, central, etcd, one)))
    return figures
  },
}

async function measureCase(
  context: BenchContext,
  central: CentralProgram,
  etcd: Etcd3 | undefined,
  { name, clients, pathOf }: Case,
): Promise<Figure[]> {
  const put: Write = async (client, turn) => {
    const path = `/api/v1/config${pathOf(client)}/key-${client}`
    expectStatus(await central.http.send('PUT', path, { value: `value-${turn}` }), 202)
  }
  const etcdPut: Write = async (client, turn) => {
    await etcd?.put(`bench/key-${client}`).value(`value-${turn}`)
  }
  const ours: Rate[] = []
  const theirs: Rate[] = []
  await writeFor(WARMUP_MS, clients, put)
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await writeFor(ROUND_MS, clients, put))
    await untilIdle(central)
    if (etcd !== undefined) theirs.push(await writeFor(ROUND_MS, clients, etcdPut))
  }
  const rate = summary(ours)
  const peer = theirs.length === 0 ? undefined : summary(theirs)
  context.say(`${name}: ${Math.round(rate.perSecond.value)}/s`)
  return [
    {
      name: `accepted jobs, ${name}`,
      unit: '/s',
      ours: rate.perSecond,
      ...(peer === undefined ? {} : { beside: { name: 'etcd put', ...peer.perSecond } }),
    },
    {
      name: `until accepted, ${name}`,
      unit: 'ms',
      ours: rate.latencyMs,
      ...(peer === undefined ? {} : { beside: { name: 'etcd put', ...peer.latencyMs } }),
    },
  ]
}

/** Every client writes again as soon as its last write was acknowledged. */
async function writeFor(durationMs: number, clients: number, write: Write): Promise<Rate> {
  const timesMs: number[] = []
  const startMs = performance.now()
  const untilMs = startMs + durationMs
  const runClient = async (client: number): Promise<void> => {
    for (let turn = 0; performance.now() < untilMs; turn++) {
      const beforeMs = performance.now()
      await write(client, turn)
      timesMs.push(performance.now() - beforeMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => runClient(client)))
  const seconds = (performance.now() - startMs) / 1_000
  return { perSecond: { value: timesMs.length / seconds }, latencyMs: spreadOf(timesMs) }
}

/** The median round for the rate and for the time of one write. */
function summary(rounds: readonly Rate[]): Rate {
  const middle = (pick: (rate: Rate) => number): number => quantile(rounds.map(pick), 0.5)
  return {
    perSecond: { value: middle(rate => rate.perSecond.value) },
    latencyMs: { value: middle(rate => rate.latencyMs.value), p99: middle(rate => rate.latencyMs.p99) },
  }
}

/** What was accepted has ended: the peer's round is not disturbed by our work. */
async function untilIdle({ http }: CentralProgram): Promise<void> {
  await pollUntil('the accepted jobs ended', async () => {
    const answer = await http.send(
      'PUT',
      '/api/v1/config/bench/idle/key',
      { value: 1 },
      { prefer: 'wait=30' },
    )
    return expectStatus(answer, 200) !== undefined
  })
}
