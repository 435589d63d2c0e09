import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { needSystemProgram } from '../kit/system-program.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'
import { findNamespaces } from './namespaces.ts'

const run = promisify(execFile)

/** One host of a test network: a network namespace with an address of its own. */
export interface TestHost {
  readonly namespace: string
  readonly address: string
}

/** Either a maker of networks of so many hosts, or a sentence that says why there can be none here. */
export type HostNetworks =
  | { readonly missing: string; readonly create?: never }
  | { readonly create: (t: TeardownContext, count: number) => Promise<HostNetwork>; readonly missing?: never }

/** Whether this machine has what a network of hosts is made of; tried with one of two hosts. */
export async function findHostNetworks(): Promise<HostNetworks> {
  const namespaces = await findNamespaces()
  if (namespaces.make === undefined) return { missing: namespaces.missing }
  const iptables = await needSystemProgram('iptables')
  if (iptables.path === undefined) return { missing: iptables.missing }
  const [{ make }, { path }] = [namespaces, iptables]
  const create = (t: TeardownContext, count: number): Promise<HostNetwork> =>
    HostNetwork.create(t, count, path, make)
  const undos: (() => void | Promise<void>)[] = []
  try {
    const trial = await create({ teardown: undo => void undos.push(undo) }, 2)
    await trial.loseEverywhere(0.5)
    return { create }
  } catch (error) {
    return { missing: `Hosts cannot be connected here (bridge, veth, iptables): ${String(error)}` }
  } finally {
    for (const undo of undos.toReversed()) await undo()
  }
}

/**
 * Hosts on one switch, all of it inside namespaces of this test, so that packets can be lost between them as between
 * machines. Losses are the receiving side's: rules of iptables on what comes in from an address.
 */
export class HostNetwork {
  readonly hosts: readonly TestHost[]
  readonly #iptables: string

  private constructor(hosts: readonly TestHost[], iptables: string) {
    this.hosts = hosts
    this.#iptables = iptables
  }

  static async create(
    t: TeardownContext,
    count: number,
    iptables: string,
    makeNamespace: (t: TeardownContext) => Promise<string>,
  ): Promise<HostNetwork> {
    const hub = await makeNamespace(t)
    await run('ip', ['-n', hub, 'link', 'add', 'switch', 'type', 'bridge'])
    await run('ip', ['-n', hub, 'link', 'set', 'switch', 'up'])
    const hosts: TestHost[] = []
    for (let index = 0; index < count; index++) {
      const namespace = await makeNamespace(t)
      const address = `10.77.0.${index + 1}`
      await plugIn(hub, `port${index}`, namespace, address)
      hosts.push({ namespace, address })
    }
    return new HostNetwork(hosts, iptables)
  }

  /** Nothing passes between the two sides. */
  async partition(left: readonly number[], right: readonly number[]): Promise<void> {
    for (const a of left) for (const b of right) await Promise.all([this.cut(a, b), this.cut(b, a)])
  }

  /** What `from` sends does not reach `to`; the other way is open. */
  async cut(from: number, to: number): Promise<void> {
    await this.#rule(to, ['-s', this.#host(from).address, '-j', 'DROP'])
  }

  /** Every host loses such a part of what comes in. */
  async loseEverywhere(fraction: number): Promise<void> {
    const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(fraction)]
    await Promise.all(
      this.hosts.map((_host, index) => this.#rule(index, ['-i', 'eth0', ...chance, '-j', 'DROP'])),
    )
  }

  /** Pulls the plug of a host, or puts it in again: down, its own system refuses to send. */
  async plug(at: number, state: 'up' | 'down'): Promise<void> {
    await run('ip', ['-n', this.#host(at).namespace, 'link', 'set', 'eth0', state])
  }

  /** All rules are gone. */
  async heal(): Promise<void> {
    await Promise.all(
      this.hosts.map(({ namespace }) =>
        run('ip', ['netns', 'exec', namespace, this.#iptables, '-w', '-F', 'INPUT']),
      ),
    )
  }

  async #rule(at: number, words: readonly string[]): Promise<void> {
    const { namespace } = this.#host(at)
    await run('ip', ['netns', 'exec', namespace, this.#iptables, '-w', '-A', 'INPUT', ...words])
  }

  #host(index: number): TestHost {
    const host = this.hosts[index]
    if (host === undefined) throw new Error(`The network has ${this.hosts.length} hosts, and no ${index}.`)
    return host
  }
}

async function plugIn(hub: string, port: string, namespace: string, address: string): Promise<void> {
  await run('ip', [
    '-n',
    hub,
    'link',
    'add',
    port,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    namespace,
  ])
  await run('ip', ['-n', hub, 'link', 'set', port, 'master', 'switch', 'up'])
  await run('ip', ['-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0'])
  await run('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up'])
}
