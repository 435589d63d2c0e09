import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { LinkServer, ListenOptions } from '../../runtime/links/link.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'
import type { SimulatedLink } from './simulated-link.ts'

/** A program that listens for links at an address, until it closes it or ends. */
export class LinkListener implements LinkServer {
  readonly address: string
  readonly program: Program
  readonly options: ListenOptions
  readonly #network: Network
  readonly #links = new Set<SimulatedLink>()

  constructor(network: Network, program: Program, address: string, options: ListenOptions) {
    if (network.listeners.has(address))
      throw new KonorError('KONOR_LINK_LISTEN', `cannot listen for links at ${address}`)
    this.#network = network
    this.program = program
    this.address = address
    this.options = options
    network.listeners.set(address, this)
    program.onEnd(() => this.#stop())
  }

  get connections(): number {
    return this.#links.size
  }

  get isFull(): boolean {
    return this.#links.size >= this.options.connectionsMax
  }

  accept(link: SimulatedLink): void {
    this.#links.add(link)
    void link.closed.then(() => this.#links.delete(link))
    link.open(this.options.onLink)
  }

  /** Ends the links of one machine, as a router does that is told of another way. */
  drop(machine: string): void {
    for (const link of this.#links) if (link.remoteAddress.startsWith(`${machine}:`)) link.close()
  }

  async close(): Promise<void> {
    this.#stop()
    const links = [...this.#links]
    for (const link of links) link.close()
    await Promise.all(links.map(link => link.closed))
  }

  #stop(): void {
    if (this.#network.listeners.get(this.address) === this) this.#network.listeners.delete(this.address)
  }
}
