import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { nodeClock } from '../../runtime/ports/node/node-clock.ts'
import { openAgentConnection } from './agent-connection.ts'
import { connect } from './connect.ts'
import type { KonorClient } from './konor-client.ts'

export interface SocketFigures {
  /** One `get` over the socket to another process and back, in microseconds. */
  readonly socketGetMicroseconds: { readonly p50: number; readonly p99: number; readonly p999: number }
  /** The SDK's `get`: calls in a second, and the time of one in microseconds (with the clock's own cost in it). */
  readonly sdkGetsPerSecond: number
  readonly sdkGetMicroseconds: { readonly p50: number; readonly p99: number }
}

const KEYS = 1_000
const WARMUP_GETS = 5_000
const SOCKET_GETS = 20_000
const SDK_GETS = 5_000_000
const SDK_TIMED_GETS = 200_000

/** Measures reads against a server in a process of its own. */
export async function benchSocket(): Promise<SocketFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'konor-bench-'))
  const path = join(folder, 'agent.sock')
  const script = fileURLToPath(new URL('../socket/testing/groups-process.js', import.meta.url))
  const agent = spawn(process.execPath, [script, path, String(KEYS)], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(agent.stdout, 'data')
  try {
    const socketGetMicroseconds = await measureSocketGets(path)
    const client = await connect({ group: 'g', process: 'bench', socket: path })
    const sdk = { sdkGetsPerSecond: measureSdkRate(client), sdkGetMicroseconds: measureSdkGets(client) }
    await client.close()
    return { socketGetMicroseconds, ...sdk }
  } finally {
    agent.stdin.end()
    await once(agent, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureSocketGets(path: string): Promise<SocketFigures['socketGetMicroseconds']> {
  const nothing = (): void => undefined
  const connection = await openAgentConnection({
    path,
    clock: nodeClock,
    onEvent: nothing,
    onClosed: nothing,
  })
  await connection.request('hello', { protocol: [1, 1], process: 'bench', instance: 'b', pid: 1, groups: [] })
  const timesUs = new Float64Array(SOCKET_GETS)
  for (let run = -WARMUP_GETS; run < SOCKET_GETS; run++) {
    const startMs = performance.now()
    await connection.request('get', { group: 'g', key: `key-${Math.abs(run) % KEYS}` })
    if (run >= 0) timesUs[run] = (performance.now() - startMs) * 1_000
  }
  connection.destroy()
  return { p50: quantile(timesUs, 0.5), p99: quantile(timesUs, 0.99), p999: quantile(timesUs, 0.999) }
}

function measureSdkRate(client: KonorClient): number {
  const keys = Array.from({ length: KEYS }, (_, index) => `key-${index}`)
  let lengths = 0
  const startMs = performance.now()
  for (let run = 0; run < SDK_GETS; run++) lengths += client.get(keys[run % KEYS] ?? '', '').length
  const elapsedMs = performance.now() - startMs
  // The sum is used, so that no compiler may leave the reads out.
  return lengths === 0 ? 0 : Math.round(SDK_GETS / (elapsedMs / 1_000))
}

function measureSdkGets(client: KonorClient): SocketFigures['sdkGetMicroseconds'] {
  const timesUs = new Float64Array(SDK_TIMED_GETS)
  for (let run = 0; run < SDK_TIMED_GETS; run++) {
    const startNs = process.hrtime.bigint()
    client.get('key-7', '')
    timesUs[run] = Number(process.hrtime.bigint() - startNs) / 1_000
  }
  return { p50: quantile(timesUs, 0.5), p99: quantile(timesUs, 0.99) }
}

function quantile(values: Float64Array, fraction: number): number {
  const sorted = Float64Array.from(values).sort()
  return Math.round((sorted[Math.floor(sorted.length * fraction)] ?? 0) * 100) / 100
}

// Run by itself it prints its figures; the benchmark of the whole product imports the function.
if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(await benchSocket(), null, 2))
