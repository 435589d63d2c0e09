import { Etcd3 } from 'etcd3'
import { ChildProgram } from '../../kit/child-program.ts'
import { freePort } from '../../kit/free-port.ts'
import { pollUntil } from '../../kit/poll-until.ts'
import { needSystemProgram } from '../../kit/system-program.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { BenchContext } from '../bench.ts'

/**
 * A single etcd as it comes, which syncs its log before it acknowledges, on the file system of our own data, and its
 * Node client. Undefined where etcd cannot be had: what is missing is said, and the figures stand without their peer.
 */
export async function startEtcd(context: BenchContext): Promise<Etcd3 | undefined> {
  const program = await needSystemProgram('etcd')
  if (program.path === undefined) {
    context.say(program.missing)
    return undefined
  }
  const directory = tempDir(context)
  const clients = `http://127.0.0.1:${await freePort()}`
  const peers = `http://127.0.0.1:${await freePort()}`
  const options = {
    'data-dir': directory,
    'log-level': 'error',
    'listen-client-urls': clients,
    'advertise-client-urls': clients,
    'listen-peer-urls': peers,
    'initial-advertise-peer-urls': peers,
    'initial-cluster': `default=${peers}`,
  }
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const server = new ChildProgram(context, program.path, flags)
  const client = new Etcd3({ hosts: clients })
  context.teardown(() => client.close())
  await pollUntil('etcd answers', async () => (await client.put('ready').value('yes')) !== undefined, {
    onTimeout: () => server.describe(),
  })
  return client
}
