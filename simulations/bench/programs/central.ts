import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChildProgram } from '../../kit/child-program.ts'
import { freePort } from '../../kit/free-port.ts'
import { pollUntil } from '../../kit/poll-until.ts'
import { spawnKonor } from '../../kit/spawn-konor.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { BenchContext } from '../bench.ts'
import { createHttpClient, expectStatus, type HttpClient } from './http-client.ts'

export interface CentralProgram {
  readonly program: ChildProgram
  readonly url: string
  readonly apiKey: string
  readonly http: HttpClient
}

export interface CentralProgramOptions {
  /** Requests under way at once over `http`. Default 8. */
  readonly connections?: number
  readonly env?: Readonly<Record<string, string>>
}

/** `konor up` as users run it, in a process and a data directory of its own, and a client that knows its key. */
export async function startCentralProgram(
  context: BenchContext,
  { connections = 8, env = {} }: CentralProgramOptions = {},
): Promise<CentralProgram> {
  const directory = tempDir(context)
  const address = `127.0.0.1:${await freePort()}`
  const links = `127.0.0.1:${await freePort()}`
  const program = spawnKonor(context, ['up', '--data', directory, '--http', address, '--link', links], {
    env: { KONOR_LOG_LEVEL: 'warn', ...env },
  })
  const url = `http://${address}`
  const apiKey = await program.waitUntil('the admin key is written', async () => {
    const health = await fetch(`${url}/health/ready`)
    return health.ok && (await readFile(join(directory, 'admin.key'), 'utf8')).trim()
  })
  const http = createHttpClient(url, apiKey, connections)
  context.teardown(() => http.close())
  return { program, url, apiKey, http }
}

/** Declares manifests and waits until they are effective. */
export async function applyManifests(http: HttpClient, documents: readonly object[]): Promise<void> {
  const body = documents.map(document => ({ apiVersion: 'konorkestra/v1', ...document }))
  for (const document of body)
    expectStatus(await http.send('POST', '/api/v1/apply', document, { prefer: 'wait=30' }), 200)
}

/** A group of one path and a policy, with one value in it. */
export function groupManifests(group: string, path: string, policy: object): readonly object[] {
  return [
    { kind: 'ConfigSet', metadata: { path }, spec: { entries: { key: 'first' } } },
    { kind: 'Policy', metadata: { name: `${group}-policy` }, spec: policy },
    { kind: 'Group', metadata: { name: group }, spec: { sets: [path], policy: `${group}-policy` } },
  ]
}

export async function createToken(http: HttpClient, group: string, uses: number): Promise<string> {
  const answer = await http.send('POST', `/api/v1/groups/${group}/tokens`, { uses, expires: '1h' })
  return (expectStatus(answer, 201) as { readonly token: string }).token
}

/** Waits until so many nodes have applied what the group committed. */
export async function untilApplied(http: HttpClient, group: string, nodes: number): Promise<void> {
  await pollUntil(
    `${nodes} nodes of ${group} have applied`,
    async () => {
      const found = expectStatus(await http.send('GET', `/api/v1/groups/${group}`), 200) as {
        readonly state: string
        readonly counts: { readonly applied: number; readonly nodes: number }
      }
      return found.state === 'steady' && found.counts.applied >= nodes
    },
    { timeoutMs: 120_000 },
  )
}
