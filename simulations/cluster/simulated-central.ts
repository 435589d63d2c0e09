import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type Closers, type ComposedCentral, composeCentral } from '../../runtime/central/compose-central.ts'
import type { ClusterKeys } from '../../runtime/central/cluster-keys.ts'
import type { Caller, Control } from '../../runtime/engine/control.ts'
import { createKeyPair } from '../../runtime/links/secret-stream.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import type { Machine } from '../world/machine.ts'
import type { Network } from '../world/network.ts'
import { Program } from '../world/program.ts'
import { JournalStore, openSimulatedJournal } from '../world/simulated-journal.ts'
import { createSimulatedTransport } from '../world/simulated-transport.ts'
import { CentralLog } from './central-log.ts'
import type { GossipLog } from './gossip-log.ts'
import { centralGossip } from './gossip-ports.ts'

/** Where agents find central, whatever happens to it. */
const LINK_PORT = 7601
/** What an admin's request waits for its answer. */
const REQUEST_TIMEOUT_MS = 30_000
const API_KEY = 'konor_simulated'

/** How a central takes part in gossip, and who writes down what its member tells. */
export interface CentralGossip {
  readonly preset: PresetName
  readonly log: GossipLog
}

/** In what a simulated central differs from one that is started without options. */
export interface CentralWays {
  readonly gossip?: CentralGossip
  readonly checkpointRecords?: number
}

/** A central on a machine of its own, all of it but HTTP, over any number of lives. */
export class SimulatedCentral {
  readonly machine: Machine
  readonly store: JournalStore
  readonly log = new CentralLog()
  readonly #network: Network
  readonly #ways: CentralWays
  readonly #keys: ClusterKeys
  #lives = 0
  #program: Program | undefined
  #composed: ComposedCentral | undefined
  /** Why the last life did not begin; undefined while it did. */
  failure: unknown

  constructor(network: Network, machine: Machine, ways: CentralWays = {}) {
    this.#network = network
    this.#ways = ways
    this.machine = machine
    const random = machine.world.random(`central ${machine.name}`)
    this.store = new JournalStore(random.fork('journal'))
    this.store.onAsked = ({ records }, program) => this.log.drafted(records, program)
    this.#keys = { keyPair: createKeyPair(random.bytes(32)), tokenSecret: random.bytes(32) }
  }

  /** The life that runs or stands still now. */
  get program(): Program | undefined {
    return this.#program?.isAlive === true ? this.#program : undefined
  }

  /** The parts of the life that leads now. */
  get composed(): ComposedCentral | undefined {
    return this.program === undefined ? undefined : this.#composed
  }

  /** What a person at the machine may ask; undefined until this life leads. */
  get control(): Control | undefined {
    return this.composed?.control
  }

  /** Begins a life. It leads some time later, or says in `failure` why it never will. */
  start(): void {
    if (this.program !== undefined || !this.machine.isUp) return
    const program = new Program(this.machine, this.machine.name, ++this.#lives)
    this.#program = program
    this.log.began(program)
    this.#composed = undefined
    this.failure = undefined
    program.machine.world.tell(program.name, 'started')
    void this.#open(program)
  }

  /** Power is gone, and what the journal only said was durable. */
  losePower(): void {
    this.machine.powerOff()
    this.store.losePower()
  }

  /**
   * One request of an admin over the network, answered or refused as HTTP would be. What is refused as unreachable may
   * have happened.
   */
  request<T>(from: Program, work: (control: Control) => Promise<T>): Promise<T> {
    const { world } = this.machine
    const there = this.#network.linkDelayMs(from.machine.name, this.machine.name)
    return new Promise((resolve, reject) => {
      const cancel = from.later(REQUEST_TIMEOUT_MS, () => reject(unreachable('no answer in time')))
      const answer = (act: () => void): void => {
        const back = this.#network.linkDelayMs(this.machine.name, from.machine.name)
        if (this.#network.isBlocked(this.machine.name, from.machine.name)) return
        from.later(back, () => {
          cancel()
          act()
        })
      }
      world.after(there, () => {
        if (this.#network.isBlocked(from.machine.name, this.machine.name) || !this.machine.isUp) return
        const { program, control } = this
        if (program === undefined || control === undefined)
          return answer(() => reject(unreachable('nobody listens')))
        program.enter(() => {
          program.heard((async () => work(control))()).then(
            value => {
              this.log.replied(world.nowMs, value)
              answer(() => resolve(value))
            },
            (error: Error) => answer(() => reject(error)),
          )
        })
      })
    })
  }

  async #open(program: Program): Promise<void> {
    const { clock, random, logger, faults } = program
    const closers: Closers = []
    const { gossip, checkpointRecords } = this.#ways
    try {
      const composed = await composeCentral(
        {
          journal: openSimulatedJournal(this.store, program),
          keys: this.#keys,
          apiKey: API_KEY,
          transport: createSimulatedTransport(this.#network, program),
          link: `${this.machine.name}:${LINK_PORT}`,
          version: 'simulated',
          clock,
          random,
          logger,
          faults,
          ...(gossip && {
            openGossip: boot =>
              centralGossip(this.#network, program, gossip.log, { ...boot, preset: gossip.preset }),
          }),
          ...(checkpointRecords === undefined ? {} : { checkpointRecords }),
          onDeposed: () => program.kill('exit'),
        },
        closers,
      )
      if (!program.isAlive) return
      this.#composed = composed
      program.machine.world.tell(program.name, `took the lead at ${composed.control.index()}`, 'turn')
    } catch (error) {
      if (!program.isAlive) return
      this.failure = error
      logger.error({ err: error }, 'could not start')
      program.kill('exit')
    }
  }
}

/** Who asks: an admin with every right. */
export function adminCaller(name: string): Caller {
  return { principal: `key/${name}`, scopes: ['admin'] }
}

function unreachable(why: string): KonorError {
  return new KonorError('KONOR_CLI_UNREACHABLE', `central did not answer: ${why}`)
}
