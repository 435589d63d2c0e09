import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { openAgentConnection } from '../../../agent/sdk/agent-connection.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import type { Bench, BenchContext } from '../bench.ts'
import { restartAgentProgram, startAgentProgram } from '../programs/agent.ts'
import {
  applyManifests,
  createToken,
  groupManifests,
  startCentralProgram,
  untilApplied,
} from '../programs/central.ts'
import { spreadOf } from '../quantile.ts'

const STARTS = 15
const GROUP = 'start'
/** How often the agent is asked: it shares the processors with whoever asks. */
const ASK_INTERVAL_MS = 2

export const startBench: Bench = {
  name: 'start',
  about: 'an agent starts while central is down, until a process is served what was applied last',
  async run(context) {
    const central = await startCentralProgram(context)
    await applyManifests(central.http, groupManifests(GROUP, '/bench/start', { uses: 'eventual', with: {} }))
    const token = await createToken(central.http, GROUP, 1)
    const first = startAgentProgram(context, 'start', token)
    await untilApplied(central.http, GROUP, 1)
    await first.program.stop()
    await central.program.stop()
    const startsMs: number[] = []
    const bareMs: number[] = []
    for (let start = 0; start < STARTS; start++) {
      startsMs.push(await startOnce(context, first.dataDir))
      bareMs.push(await bareStart())
    }
    return [
      {
        name: 'agent: process start until it serves the last-good value',
        unit: 'ms',
        ours: spreadOf(startsMs),
        beside: { name: 'node with an empty program', ...spreadOf(bareMs) },
        goals: [{ of: 'value', atMost: 250 }],
        note: `central down; p99 is the slowest of ${STARTS}`,
      },
    ]
  },
}

async function startOnce(context: BenchContext, dataDir: string): Promise<number> {
  const startMs = performance.now()
  const { program, socketPath } = restartAgentProgram(context, 'start', dataDir)
  while (!(await isServed(socketPath))) {
    if (!program.running) throw new Error(program.describe())
    await setTimeout(ASK_INTERVAL_MS)
  }
  const tookMs = performance.now() - startMs
  await program.stop()
  return tookMs
}

async function isServed(path: string): Promise<boolean> {
  const nothing = (): void => undefined
  const options = { path, clock: nodeClock, onEvent: nothing, onClosed: nothing }
  try {
    const connection = await openAgentConnection(options)
    try {
      const groups = [{ group: GROUP }]
      const process = { process: 'bench', instance: 'bench', pid: 1 }
      await connection.request('hello', { protocol: [1, 1], ...process, groups })
      return (await connection.request('get', { group: GROUP, key: 'key' }))['found'] === true
    } finally {
      connection.destroy()
    }
  } catch (error) {
    if (isKonorError(error)) return false
    throw error
  }
}

async function bareStart(): Promise<number> {
  const startMs = performance.now()
  await once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - startMs
}
