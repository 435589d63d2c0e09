import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { DialOptions, Link, LinkTransport, PublicKey } from '../../runtime/links/link.ts'
import { LinkListener } from './link-listener.ts'
import type { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'
import { SimulatedLink } from './simulated-link.ts'

/** While the network lets nothing through, a dial is tried again so often, until its time is over. */
const DIAL_RETRY_MS = 1_000
/** Of several addresses of one name the next is tried when one did not answer for so long, as Node does. */
const NEXT_ADDRESS_MS = 250
/** Ports that nobody asked for by number. */
const FIRST_FREE_PORT = 40_000

/**
 * Links of one program over the simulated network. `HOST` of an address is the name of a machine. Keys are compared,
 * not proven: the real handshake is tested with real sockets. So a program may dial under the key of another, `asKey`,
 * which it need not have.
 */
export function createSimulatedTransport(
  network: Network,
  program: Program,
  asKey?: PublicKey,
): LinkTransport {
  return {
    async listen(options) {
      // What a program that is gone still tries must not hold the port against its next life.
      if (!program.isAlive) return new Promise(() => {})
      let port = FIRST_FREE_PORT
      const free = (): string => options.address.replace(/:0$/, `:${port}`)
      while (options.address.endsWith(':0') && network.listeners.has(free())) port++
      return new LinkListener(network, program, free(), options)
    },
    dial: options => {
      const address = network.detours.get(program.machine.name) ?? options.address
      return new Promise(
        (resolve, reject) => new Dial(network, program, { asKey, ...options, address }, { resolve, reject }),
      )
    },
  }
}

interface Settle {
  resolve(link: Link): void
  reject(error: Error): void
}

type DialAs = DialOptions & { readonly asKey: PublicKey | undefined }

class Dial {
  readonly #network: Network
  readonly #program: Program
  readonly #options: DialAs
  readonly #settle: Settle
  #isOver = false

  constructor(network: Network, program: Program, options: DialAs, settle: Settle) {
    this.#network = network
    this.#program = program
    this.#options = options
    this.#settle = settle
    const cancel = program.later(options.timeoutMs, () =>
      this.#refuse('KONOR_LINK_UNREACHABLE', 'no answer in time'),
    )
    this.#settle = {
      resolve: link => {
        cancel()
        settle.resolve(link)
      },
      reject: error => {
        cancel()
        settle.reject(error)
      },
    }
    network.world.onDial({ by: program })
    const machines = network.machinesAt(options.address)
    const [far] = machines
    if (far === undefined) program.enter(() => this.#refuse('KONOR_LINK_UNREACHABLE', 'no such host'))
    else if (machines.length === 1) this.#knock(far)
    else this.#tryEach(machines)
  }

  /** Links to the first of the machines that takes a connection. */
  #tryEach([far, ...others]: readonly Machine[]): void {
    if (this.#isOver || !this.#program.isAlive) return
    if (far === undefined)
      return this.#program.enter(() =>
        this.#refuse('KONOR_LINK_UNREACHABLE', 'nobody listens at any address'),
      )
    const near = this.#program.machine.name
    const { world } = this.#network
    const next = (): void => this.#tryEach(others)
    const delayMs = this.#network.linkDelayMs(near, far.name)
    if (delayMs > NEXT_ADDRESS_MS) return void world.after(NEXT_ADDRESS_MS, next)
    world.after(delayMs, () => {
      if (this.#isOver || !this.#program.isAlive) return
      const isLost = this.#network.isBlocked(near, far.name) || this.#network.isBlocked(far.name, near)
      if (isLost || !far.isUp) return void world.after(NEXT_ADDRESS_MS, next)
      const { address } = this.#options
      const there = `${far.name}${address.slice(address.lastIndexOf(':'))}`
      if (this.#network.listeners.get(there) !== undefined) return this.#arrive(far, there)
      world.after(this.#network.linkDelayMs(far.name, near), next)
    })
  }

  #knock(far: Machine): void {
    const near = this.#program.machine.name
    const delayMs = this.#network.linkDelayMs(near, far.name)
    this.#network.world.after(delayMs, () => {
      if (this.#isOver || !this.#program.isAlive) return
      const isLost = this.#network.isBlocked(near, far.name) || this.#network.isBlocked(far.name, near)
      if (isLost || !far.isUp) return void this.#network.world.after(DIAL_RETRY_MS, () => this.#knock(far))
      this.#arrive(far, this.#options.address)
    })
  }

  #arrive(far: Machine, address: string): void {
    const { remotePublicKey, keyPair, asKey, handler } = this.#options
    const listener = this.#network.listeners.get(address)
    const backMs = this.#network.linkDelayMs(far.name, this.#program.machine.name)
    const answer = (act: () => void): void => void this.#program.later(backMs, act)
    if (listener === undefined)
      return answer(() => this.#refuse('KONOR_LINK_UNREACHABLE', 'nobody listens there'))
    if (listener.isFull)
      return answer(() => this.#refuse('KONOR_LINK_REFUSED', 'as many links as it may have'))
    const { publicKey } = listener.options.keyPair
    if (Buffer.compare(publicKey, remotePublicKey) !== 0)
      return answer(() => this.#refuse('KONOR_LINK_WRONG_PEER', 'answered without proof of the pinned key'))
    const { near, far: farEnd } = SimulatedLink.pair(
      this.#network,
      { program: this.#program, publicKey: asKey ?? keyPair.publicKey },
      { program: listener.program, publicKey, address },
    )
    farEnd.announce(() => {
      if (this.#isOver) return near.close()
      this.#isOver = true
      near.open(handler)
      this.#settle.resolve(near)
    })
    listener.program.enter(() => listener.accept(farEnd))
  }

  #refuse(
    code: 'KONOR_LINK_UNREACHABLE' | 'KONOR_LINK_REFUSED' | 'KONOR_LINK_WRONG_PEER',
    why: string,
  ): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#network.world.onDial({ by: this.#program, failure: code })
    this.#settle.reject(new KonorError(code, `${this.#options.address}: ${why}`))
  }
}
