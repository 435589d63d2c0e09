import { decodeCentralMessage } from '../../runtime/links/link-codec.ts'
import type { KeyPair, Link, LinkHandler } from '../../runtime/links/link.ts'
import { kindOf } from '../checkers/read-cbor.ts'
import type { Machine } from '../world/machine.ts'
import type { Network } from '../world/network.ts'
import { Program } from '../world/program.ts'
import { createSimulatedTransport } from '../world/simulated-transport.ts'
import type { WireMessage } from '../world/world.ts'

/** Where it runs. */
export const STALE_MACHINE = 'stale'
const ADDRESS = `${STALE_MACHINE}:7601`
const CONNECTIONS_MAX = 100

/** What a central said to one agent in one of its epochs. */
interface Words {
  readonly timeline: number
  readonly epoch: number
  welcome: Uint8Array
  /** The last desire of each group. */
  readonly desires: Map<string, Uint8Array>
}

/**
 * A central that was deposed and does not know it, with the keys of the cluster: it says again, word for word, what was
 * said in the epoch before. It journals nothing and asks nothing.
 */
export class StaleCentral {
  readonly #network: Network
  readonly #keyPair: KeyPair
  readonly #makeMachine: () => Machine
  readonly #words = new Map<string, Words[]>()
  #program: Program | undefined

  /** It has a machine of its own as soon as somebody is to find it. */
  constructor(network: Network, keyPair: KeyPair, makeMachine: () => Machine) {
    this.#network = network
    this.#keyPair = keyPair
    this.#makeMachine = makeMachine
  }

  /** Hears what the centrals that lead say. */
  overhear({ isSent, from, to, bytes }: WireMessage): void {
    if (isSent || !to.name.endsWith('/agent') || from === this.#program) return
    const kind = kindOf(bytes)
    if (kind !== 'welcome' && kind !== 'desire') return
    const message = decodeCentralMessage(bytes)
    if (message?.t !== 'welcome' && message?.t !== 'desire') return
    const { timeline, epoch } = message.t === 'welcome' ? message : message.desire
    const epochs = this.#words.get(to.machine.name) ?? []
    this.#words.set(to.machine.name, epochs)
    const known = epochs.find(words => words.timeline === timeline && words.epoch === epoch)
    if (message.t === 'desire') return void known?.desires.set(message.desire.group, bytes)
    if (known === undefined) epochs.push({ timeline, epoch, welcome: bytes, desires: new Map() })
    else known.welcome = bytes
  }

  /** From now on the agent of that machine finds this one where central was; undefined when it has nothing to say. */
  answers(machine: string): (() => void) | undefined {
    if ((this.#words.get(machine)?.length ?? 0) < 2) return undefined
    const { detours, listeners } = this.#network
    this.#program ??= this.#listen()
    detours.set(machine, ADDRESS)
    for (const listener of listeners.values()) listener.drop(machine)
    return () => {
      detours.delete(machine)
      listeners.get(ADDRESS)?.drop(machine)
    }
  }

  #listen(): Program {
    const machine = this.#makeMachine()
    const program = new Program(machine, machine.name, 1)
    void createSimulatedTransport(this.#network, program).listen({
      address: ADDRESS,
      keyPair: this.#keyPair,
      connectionsMax: CONNECTIONS_MAX,
      handshakeTimeoutMs: 1_000,
      onLink: link => this.#converse(link),
    })
    return program
  }

  #converse(link: Link): LinkHandler {
    const [machine = ''] = link.remoteAddress.split(':')
    // Whatever an agent begins with: it is told what to do.
    let isGreeted = false
    return {
      onMessage: () => {
        const words = this.#words.get(machine)?.at(-2)
        if (isGreeted || words === undefined) return
        isGreeted = true
        link.send(words.welcome)
        for (const desire of words.desires.values()) link.send(desire)
      },
    }
  }
}
