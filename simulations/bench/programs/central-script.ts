import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ChildProgram } from '../../kit/child-program.ts'
import { freePort } from '../../kit/free-port.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { BenchContext } from '../bench.ts'
import { createHttpClient, type HttpClient } from './http-client.ts'

/** A script of this folder that composes a central as `konor up` does, with something to look into it. */
export async function startCentralScript(
  context: BenchContext,
  script: 'timed-central.js' | 'weighed-central.js',
): Promise<{ readonly program: ChildProgram; readonly http: HttpClient }> {
  const directory = tempDir(context)
  const address = `127.0.0.1:${await freePort()}`
  const links = `127.0.0.1:${await freePort()}`
  const file = fileURLToPath(new URL(script, import.meta.url))
  const program = new ChildProgram(context, process.execPath, [
    '--expose-gc',
    file,
    directory,
    address,
    links,
  ])
  const url = `http://${address}`
  const apiKey = await program.waitUntil('central answers', async () => {
    const health = await fetch(`${url}/health/ready`)
    return health.ok && (await readFile(join(directory, 'admin.key'), 'utf8')).trim()
  })
  const http = createHttpClient(url, apiKey, 4)
  context.teardown(() => http.close())
  return { program, http }
}
