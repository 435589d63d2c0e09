import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ComposedCentral } from '../../runtime/central/compose-central.ts'
import type { Control } from '../../runtime/engine/control.ts'
import type { KeyPair, PublicKey } from '../../runtime/links/link.ts'
import { createKeyPair } from '../../runtime/links/secret-stream.ts'
import type { FaultPoint } from '../../runtime/ports/fault-points.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Machine } from '../world/machine.ts'
import type { Network } from '../world/network.ts'
import type { Program } from '../world/program.ts'
import { JournalStore } from '../world/simulated-journal.ts'
import { SharedLog, type SharedLogKind } from '../world/simulated-shared-journal.ts'
import { CentralLog } from './central-log.ts'
import { type CentralWays, LINK_PORT, SimulatedCentral } from './simulated-central.ts'

/** Under this name agents find whichever of several centrals leads; each has a name of its own beside it. */
const SHARED_NAME = 'centrals'
const LOG = 'log'

/** Names of that many centrals; the first is called as one that is alone. */
export function centralNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? 'central' : `central-${index + 1}`))
}

/** All centrals of a cluster: one with a journal of its own, or several on one log. */
export class Centrals {
  readonly all: readonly SimulatedCentral[]
  readonly store: JournalStore
  readonly log = new CentralLog()
  /** How many of the next steps fail at a point. */
  readonly failing = new Map<FaultPoint, number>()
  /** Where several keep their journal. */
  readonly sharedLog: SharedLog | undefined
  /** By this key agents know it, and at this address they find it. */
  readonly publicKey: PublicKey
  readonly linkAddress: string
  readonly #chooser: SeededRandom
  /** With which they prove to agents that they are those of their tokens. */
  readonly keyPair: KeyPair

  constructor(
    network: Network,
    machine: (name: string) => Machine,
    {
      count,
      kind,
      ...ways
    }: Pick<CentralWays, 'gossip' | 'alerts' | 'checkpointRecords'> & {
      readonly count: number
      readonly kind: SharedLogKind
    },
  ) {
    const { world } = network
    const random = world.random('central central')
    this.#chooser = world.random('who is asked')
    this.store = new JournalStore(random.fork('journal'))
    this.store.onAsked = ({ records }, program) => this.log.drafted(records, program)
    const keys = { keyPair: createKeyPair(random.bytes(32)), tokenSecret: random.bytes(32) }
    this.publicKey = keys.keyPair.publicKey
    this.linkAddress = `${count === 1 ? centralNames(1)[0] : SHARED_NAME}:${LINK_PORT}`
    this.keyPair = keys.keyPair
    const machines = centralNames(count).map(machine)
    this.sharedLog = count === 1 ? undefined : new SharedLog(network, machine(LOG), this.store, kind)
    const shared = this.sharedLog && { sharedLog: this.sharedLog, advertise: SHARED_NAME }
    if (shared !== undefined) network.addName(SHARED_NAME, machines)
    const { store, log, failing } = this
    this.all = machines.map(
      one => new SimulatedCentral(network, one, { ...ways, keys, store, log, failing, ...shared }),
    )
  }

  get(name: string): SimulatedCentral | undefined {
    return this.all.find(({ machine }) => machine.name === name)
  }

  /** Who leads: of several that think so, the one with the highest epoch. */
  get leading(): SimulatedCentral | undefined {
    const epochOf = (one: SimulatedCentral): number => one.composed?.leader.position.epoch ?? -1
    const [best] = this.all
      .filter(one => one.composed !== undefined)
      .toSorted((a, b) => epochOf(b) - epochOf(a))
    return best
  }

  get composed(): ComposedCentral | undefined {
    return this.leading?.composed
  }

  /** Of who leads. */
  get control(): Control | undefined {
    return this.leading?.control
  }

  /** Why those that run not do not. */
  get failure(): unknown {
    return this.all.map(({ failure }) => failure).find(failure => failure !== undefined)
  }

  start(): void {
    for (const central of this.all) central.start()
  }

  /** One request of an admin to any central; one that only follows sends him to the next. */
  async request<T>(from: Program, work: (control: Control) => Promise<T>): Promise<T> {
    const [only] = this.all
    if (only !== undefined && this.all.length === 1) return only.request(from, work)
    const first = this.#chooser.integer(this.all.length)
    let refusal: unknown
    for (let turn = 0; turn < this.all.length; turn++) {
      const central = this.all[(first + turn) % this.all.length]
      try {
        if (central !== undefined) return await central.request(from, work)
      } catch (error) {
        if (!isKonorError(error, 'KONOR_ENGINE_NO_LEADER')) throw error
        refusal = error
      }
    }
    throw refusal
  }
}
