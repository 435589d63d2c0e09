import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { ChildProgram } from '../../simulations/kit/child-program.ts'
import { freePort } from '../../simulations/kit/free-port.ts'
import { spawnKonor } from '../../simulations/kit/spawn-konor.ts'
import { tempDir } from '../../simulations/kit/temp-dir.ts'
import { type Ran, runKonor, type RunOptions } from './run-konor.test.kit.ts'

export const MANIFEST = `apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: /teams/payments }
spec: { entries: { rate-limit: 1000, region: eu } }
---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: payments }
spec: { sets: [/teams/payments], policy: eventual }
`

/** A central and agents as processes of their own, on free ports of loopback, gone when the test ends. */
export async function startCluster(t: ExecutionContext) {
  const home = tempDir(t)
  const [httpPort, linkPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${httpPort}`
  writeFileSync(join(home, 'payments.yaml'), MANIFEST)
  const up = async (data = 'central'): Promise<ChildProgram> => {
    const addresses = ['--http', `127.0.0.1:${httpPort}`, '--link', `127.0.0.1:${linkPort}`]
    const central = spawnKonor(t, ['up', '--data', data, ...addresses, '-o', 'jsonl'], { cwd: home })
    await central.waitForOutput(/"httpUrl"/)
    return central
  }
  const key = (data = 'central'): string => readFileSync(join(home, data, 'admin.key'), 'utf8').trim()
  const konor = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    runKonor(home, args, { ...options, env: { KONOR_URL: url, KONOR_API_KEY: key(), ...options.env } })
  const agent = async (name: string, token?: string): Promise<ChildProgram> => {
    const own = ['--data', name, '--socket', join(home, `${name}.sock`), '--name', name]
    const tokens = token === undefined ? [] : ['--token', token]
    const started = spawnKonor(t, ['agent', ...own, ...tokens, '-o', 'jsonl'], { cwd: home })
    await started.waitForOutput(/"socketPath"/)
    return started
  }
  const call = (
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(`${url}${path}`, { ...init, headers: { 'x-api-key': key(), ...init.headers } })
  return { home, url, up, agent, konor, call, key }
}
