import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { tempDir } from '../../simulations/kit/temp-dir.ts'
import { GOOD_KEY } from '../api/memory-control.test.kit.ts'
import { startTestApi } from '../api/start-test-api.test.kit.ts'

const MAIN = fileURLToPath(new URL('main.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
}

/** Runs the built `konor` as a process of its own, in an empty home, with no setting of the surroundings. */
export async function runKonor(
  home: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const path = process.env['PATH'] ?? ''
  const env = { PATH: path, HOME: home, NO_COLOR: '1', KONOR_GOSSIP: '127.0.0.1:0', ...options.env }
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd ?? home, env })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  child.stdin.end(options.input ?? '')
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}

/** A real server over a control in memory, and `konor` that knows its address and key. */
export async function konorWithServer(t: ExecutionContext) {
  const api = await startTestApi(t)
  const home = tempDir(t)
  const env = { KONOR_URL: api.url, KONOR_API_KEY: GOOD_KEY }
  const konor = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    runKonor(home, args, { ...options, env: { ...env, ...options.env } })
  return { ...api, home, konor }
}
