import test from 'ava'
import { CrashCluster } from '../crash/crash-cluster.ts'
import { pollUntil } from '../kit/poll-until.ts'

/** What `konor read web -o json` prints. */
interface Reading {
  readonly revision: number
  readonly stale: boolean
  readonly values: { readonly limit?: number }
}

/** Why an agent wrote the state of a group, and what was active then, by its log. */
function writesOf(log: string): readonly { readonly cause?: string; readonly revision?: number }[] {
  const lines = log.split('\n').filter(line => line.startsWith('{') && line.includes('"cause"'))
  return lines.map(line => JSON.parse(line) as { cause?: string; revision?: number })
}

test.serial('a node that was off during a commit has it from a peer while central is gone', async t => {
  t.timeout(3 * 60_000)
  const groups = [{ name: 'web', uses: 'eventual' }]
  const cluster = await CrashCluster.start(t, { groups, nodes: 3, processesPerNode: 0 })
  const { control, agents, central } = cluster
  const [n1, n2, n3] = agents
  if (!n1 || !n2 || !n3) return t.fail()
  const until = <T>(what: string, check: () => T | Promise<T>): Promise<unknown> =>
    pollUntil(what, check, {
      timeoutMs: 90_000,
      onTimeout: () =>
        [central, ...agents].map(({ name, log }) => `${name}\n${log.slice(-4_000)}`).join('\n'),
    })
  const read = async (node: string): Promise<Reading> => {
    const run = await cluster.konor('read', 'web', '--socket', cluster.socketOf(node), '-o', 'json')
    return JSON.parse(run.stdout) as Reading
  }
  await control.put('/web/limit', 1)
  await until('all read 1', async () => (await read('n2')).values.limit === 1)
  for (const { name, program } of agents)
    await until(`${name} takes part in gossip`, () => program.stderr.includes('takes part in gossip'))

  // In good order, so that it has written down where the others are.
  await n2.program.stop()
  await control.put('/web/limit', 2)
  const { committed } = await control.group('web')
  // It commits when both have applied, so that its word for that is the last that they write.
  for (const { name, program } of [n1, n3])
    await until(`${name} has central’s word for it`, () =>
      writesOf(program.stderr).some(
        ({ cause, revision }) => cause === 'proved' && revision === committed?.revision,
      ),
    )
  await central.kill()

  n2.start()
  t.like(await pollUntil('n2 serves what it had', () => read('n2')), { stale: true, values: { limit: 1 } })
  await until('n2 serves what the group committed', async () => (await read('n2')).values.limit === 2)
  t.like(await read('n2'), { stale: true, revision: committed?.revision })

  central.start()
  await until('n2 is fresh', async () => !(await read('n2')).stale)
  await until('central knows what n2 really runs', async () => {
    const nodes = await control.groupNodes('web')
    const view = nodes.find(({ node }) => node === 'n2')
    return view?.active === committed?.revision && !view?.stale && view?.fallback === undefined
  })
})
