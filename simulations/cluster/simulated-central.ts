import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  type Closers,
  type ComposedCentral,
  composeCentral,
  type ComposeOptions,
} from '../../runtime/central/compose-central.ts'
import { composeReplica, type Replica } from '../../runtime/central/compose-replica.ts'
import type { ClusterKeys } from '../../runtime/central/cluster-keys.ts'
import type { Caller, Control } from '../../runtime/engine/control.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import type { StateView } from '../../runtime/kernel/kernel-state.ts'
import type { Machine } from '../world/machine.ts'
import type { Network } from '../world/network.ts'
import { Program } from '../world/program.ts'
import { type JournalStore, openSimulatedJournal } from '../world/simulated-journal.ts'
import type { SharedLog } from '../world/simulated-shared-journal.ts'
import { createSimulatedTransport } from '../world/simulated-transport.ts'
import { ANOMALIES, type AnomalyConfig } from '../../runtime/analytics/anomalies/anomaly.ts'
import type { FaultPoint, Faults } from '../../runtime/ports/fault-points.ts'
import type { CentralLog } from './central-log.ts'
import type { GossipLog } from './gossip-log.ts'
import { type SimulatedReceiver, webhooksOf } from './simulated-receiver.ts'
import { watchSteps } from './watched-steps.ts'
import { centralGossip } from './gossip-ports.ts'

/** Where agents find central, whatever happens to it. */
export const LINK_PORT = 7601
/** What an admin's request waits for its answer. */
const REQUEST_TIMEOUT_MS = 30_000
/** How a story tells that a central has another role. */
const TURNS = { follows: 'began to follow', leads: 'took the lead' } as const
/** How soon a supervisor starts a central again that could not lead any more. */
const SUPERVISOR_MS = 1_000
const API_KEY = 'konor_simulated'

/** So impatient that a storm raises alerts, and that they are over before it is. */
const ALERTED_SOON: AnomalyConfig = {
  ...ANOMALIES,
  flapping: { windowMs: 15_000, transitionsMin: 1, transitionsCalm: 0 },
  silent: { ...ANOMALIES.silent, silentAfterMs: 5_000, looks: 1 },
}
const WEBHOOK_SECRET = 'a secret of the simulated receiver'

/** How a central takes part in gossip, and who writes down what its member tells. */
export interface CentralGossip {
  readonly preset: PresetName
  readonly log: GossipLog
}

/** What one central is made of, and in what it differs from one that is started without options. */
export interface CentralWays {
  readonly keys: ClusterKeys
  /** Its own journal, or that of the log that it shares with others. */
  readonly store: JournalStore
  readonly log: CentralLog
  readonly sharedLog?: SharedLog
  /** What tokens tell agents to connect to, where it is not this central alone. */
  readonly advertise?: string
  /** Who is told of alerts, as by how many webhooks. */
  readonly alerts?: { readonly receiver: SimulatedReceiver; readonly targets: number }
  /** How many of the next steps fail at a point. */
  readonly failing: Map<FaultPoint, number>
  readonly gossip?: CentralGossip
  readonly checkpointRecords?: number
}

/** A life that ended before it led. */
export interface FailedStart {
  readonly atMs: number
  /** Of an error of the product; anything else is an accident. */
  readonly code: string | undefined
  readonly what: string
}

/** A central on a machine of its own, all of it but HTTP, over any number of lives. */
export class SimulatedCentral {
  readonly machine: Machine
  readonly store: JournalStore
  readonly log: CentralLog
  readonly #network: Network
  readonly #ways: CentralWays
  #lives = 0
  /** The version of the program that is installed: as which one it folds; undefined: the newest. */
  #foldVersion: number | undefined
  #program: Program | undefined
  #composed: ComposedCentral | undefined
  #replica: Replica | undefined
  /** Why the last life did not begin; undefined while it did. */
  failure: unknown
  readonly failures: FailedStart[] = []
  /** Told of each life as soon as it leads alone. */
  onLeads: () => void = () => {}

  constructor(network: Network, machine: Machine, ways: CentralWays) {
    this.#network = network
    this.#ways = ways
    this.machine = machine
    this.store = ways.store
    this.log = ways.log
  }

  /** The life that runs or stands still now. */
  get program(): Program | undefined {
    return this.#program?.isAlive === true ? this.#program : undefined
  }

  /** The parts of the life that leads now. */
  get composed(): ComposedCentral | undefined {
    return this.program === undefined ? undefined : (this.#replica?.composed ?? this.#composed)
  }

  /** What a person at the machine may ask; undefined until this life leads, or follows. */
  get control(): Control | undefined {
    return this.program === undefined ? undefined : (this.#replica?.control ?? this.composed?.control)
  }

  /** What a central that shares its log has folded. */
  get folded(): StateView | undefined {
    return this.program === undefined ? undefined : this.#replica?.view
  }

  /** Begins a life. It leads, or follows, some time later, or says in `failure` why it never will. */
  start(): void {
    if (this.program !== undefined || !this.machine.isUp) return
    const program = new Program(this.machine, this.machine.name, ++this.#lives)
    this.#program = program
    this.log.began(program)
    this.#composed = undefined
    this.#replica = undefined
    this.failure = undefined
    program.machine.world.tell(program.name, 'started')
    const { sharedLog } = this.#ways
    if (sharedLog === undefined) void this.#open(program)
    else this.#share(program, sharedLog)
  }

  /** Another version of the program is installed, before the first life. */
  install(foldVersion: number): void {
    this.#foldVersion = foldVersion
  }

  /** The newest version takes the place of the one that runs. */
  upgrade(): void {
    this.#foldVersion = undefined
    this.machine.world.tell(this.machine.name, 'was upgraded', 'turn')
    if (this.program !== undefined) this.#superseded(this.program)
  }

  /** Power is gone, and what a journal of its own only said was durable. */
  losePower(): void {
    this.machine.powerOff()
    if (this.#ways.sharedLog === undefined) this.store.losePower()
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

  /** It ends itself; whoever supervises it starts it again. */
  #superseded(program: Program): void {
    program.kill('exit')
    program.machine.world.after(SUPERVISOR_MS, () => this.start())
  }

  async #open(program: Program): Promise<void> {
    const closers: Closers = []
    const journal = this.log.watch(openSimulatedJournal(this.store, program), program)
    const onDeposed = (): void => this.#superseded(program)
    try {
      const composed = await composeCentral({ ...this.#parts(program), journal, onDeposed }, closers)
      if (!program.isAlive) return
      this.#composed = composed
      this.log.follow(composed.leader, program)
      program.machine.world.tell(program.name, `took the lead at ${composed.control.index()}`, 'turn')
      this.onLeads()
    } catch (error) {
      this.#failed(program, error)
    }
  }

  #share(program: Program, log: SharedLog): void {
    const { name, world } = program.machine
    this.#replica = composeReplica({
      ...this.#parts(program),
      journal: this.log.watchShared(log.openFor(program), program),
      name,
      onRole: role => program.isAlive && world.tell(program.name, TURNS[role], 'turn'),
      onFailed: cause => this.#failed(program, cause),
    })
  }

  #failed(program: Program, cause: unknown): void {
    if (!program.isAlive) return
    this.failure = cause
    const code = isKonorError(cause) ? cause.code : undefined
    this.failures.push({ atMs: program.machine.world.nowMs, code, what: String(cause) })
    program.logger.error({ err: cause }, 'could not go on')
    program.kill('exit')
  }

  /** All but the journal. */
  #parts(program: Program): Omit<ComposeOptions, 'journal'> {
    const { clock, random, logger } = program
    const { keys, gossip, checkpointRecords, advertise } = this.#ways
    return {
      keys,
      apiKey: API_KEY,
      transport: createSimulatedTransport(this.#network, program),
      link: `${this.machine.name}:${LINK_PORT}`,
      ...(advertise === undefined ? {} : { advertise: `${advertise}:${LINK_PORT}` }),
      version: 'simulated',
      clock,
      random,
      logger,
      faults: this.#failingFaults(program),
      ...this.#alerts(program),
      ...(gossip && {
        gossip: {
          preset: gossip.preset,
          open: boot => centralGossip(this.#network, program, gossip.log, { ...boot, preset: gossip.preset }),
        },
      }),
      ...(checkpointRecords === undefined ? {} : { checkpointRecords }),
      ...(this.#foldVersion === undefined ? {} : { foldVersion: this.#foldVersion }),
    }
  }

  /** Steps fail as often as was ordered; what else strikes there strikes first. */
  #failingFaults(program: Program): Faults {
    const { failing } = this.#ways
    return {
      hit(point) {
        program.faults.hit(point)
        const left = failing.get(point) ?? 0
        if (left === 0) return
        failing.set(point, left - 1)
        throw new Error(`a fault at ${point}`)
      },
    }
  }

  #alerts(program: Program): Pick<ComposeOptions, 'analytics' | 'executors'> {
    const { alerts } = this.#ways
    if (alerts === undefined) return {}
    const { receiver } = alerts
    return {
      analytics: {
        webhooks: { targets: webhooksOf(alerts.targets), secret: WEBHOOK_SECRET },
        post: receiver.postFrom(program),
        anomalies: ALERTED_SOON,
      },
      executors: own => watchSteps(own, program, receiver, this.log.steps),
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
