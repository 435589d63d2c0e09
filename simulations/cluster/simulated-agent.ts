import { type RunningAgent, startAgent } from '../../agent/agent.ts'
import { createDisk } from '../../runtime/ports/disk-on-files.ts'
import type { PublicKey } from '../../runtime/links/link.ts'
import type { Machine } from '../world/machine.ts'
import type { Network } from '../world/network.ts'
import { Program } from '../world/program.ts'
import { createSimulatedTransport } from '../world/simulated-transport.ts'
import type { GossipLog } from './gossip-log.ts'
import { agentGossip } from './gossip-ports.ts'

/** Where an agent keeps its things and is found, on its own machine. */
export const DATA_DIR = '/var/lib/konor'
export const SOCKET_PATH = '/run/konor/konor.sock'

/** The agent of one machine, over any number of lives. */
export class SimulatedAgent {
  readonly machine: Machine
  readonly #network: Network
  readonly #tokens: readonly string[]
  readonly #node: string
  readonly #log: GossipLog
  readonly #key: PublicKey | undefined
  #lives = 0
  #program: Program | undefined
  #running: RunningAgent | undefined
  /** Why the last life ended by itself. */
  failure: unknown

  /** `node`: the name that it asks for. `key`: the world vouches that its links are of that key, not of its own. */
  constructor(
    network: Network,
    machine: Machine,
    tokens: readonly string[],
    node: string,
    log: GossipLog,
    key?: PublicKey,
  ) {
    this.#network = network
    this.machine = machine
    this.#tokens = tokens
    this.#node = node
    this.#log = log
    this.#key = key
  }

  get name(): string {
    return this.machine.name
  }

  /** The name that it asks for, whatever its machine is called. */
  get node(): string {
    return this.#node
  }

  get program(): Program | undefined {
    return this.#program?.isAlive === true ? this.#program : undefined
  }

  get running(): RunningAgent | undefined {
    return this.program === undefined ? undefined : this.#running
  }

  start(): void {
    if (this.program !== undefined || !this.machine.isUp) return
    const program = new Program(this.machine, `${this.machine.name}/agent`, ++this.#lives)
    this.#program = program
    this.#running = undefined
    this.failure = undefined
    program.machine.world.tell(program.name, 'started')
    void this.#open(program)
  }

  /** Tells processes and central that it goes, and ends. */
  async stop(): Promise<void> {
    const { program, running } = this
    if (program === undefined || running === undefined) return
    await running.stop()
    program.kill('exit')
  }

  async #open(program: Program): Promise<void> {
    const { machine, clock, random, logger, faults } = program
    try {
      const running = await startAgent({
        dataDir: DATA_DIR,
        tokens: this.#tokens,
        name: this.#node,
        labels: {},
        socketPath: SOCKET_PATH,
        version: 'simulated',
        transport: createSimulatedTransport(this.#network, program, this.#key),
        clock,
        random,
        logger,
        faults,
        disk: createDisk(machine.files.asSeenBy(program)),
        host: {
          name: () => this.#node,
          platform: () => ({ os: 'simulated' }),
          // A machine starts its agent once at a time.
          claim: async () => async () => {},
          listen: machine.sockets.listenAs(program),
          startGossip: agentGossip(this.#network, program, this.#log),
        },
      })
      if (!program.isAlive) return
      this.#running = running
      void running.ended.then(error => this.#ended(program, error))
    } catch (error) {
      this.#ended(program, error)
    }
  }

  #ended(program: Program, error: unknown): void {
    if (!program.isAlive || error === undefined) return
    this.failure = error
    program.logger.error({ err: error }, 'ended by itself')
    program.kill('exit')
  }
}
