import type { GossipConfig } from '../../gossip/core/config.ts'
import type { MemberEvent } from '../../gossip/core/events.ts'
import { createMember, type Member } from '../../gossip/core/member.ts'
import { PRESETS, type PresetName } from '../../gossip/core/presets.ts'
import type { GossipSockets } from '../../gossip/udp/gossip-sockets.ts'
import { UdpHost } from '../../gossip/udp/udp-host.ts'
import { createKeyring } from '../../gossip/wire/keyring.ts'
import { createMemberIdentity, type MemberIdentity } from '../../gossip/wire/member-identity.ts'
import type { Clock, CancelTimer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { GossipDoors } from './gossip-doors.ts'

/** How long a farewell may take before the door is closed anyway. */
export const FAREWELL_MS = 2_000
/** A timeline outranks every epoch of the one before it, as it does for commands; both stay far below 2^53. */
const EPOCHS_PER_TIMELINE = 2 ** 32

export interface CentralMemberOptions {
  readonly doors: GossipDoors
  readonly preset: PresetName
  readonly clusterId: string
  /** Central's link identity: the Ed25519 secret key, whose first half is the seed. */
  readonly secretKey: Uint8Array
  readonly keys: readonly [Uint8Array, ...Uint8Array[]]
  /** Order of commands under which this central leads. */
  readonly timeline: number
  readonly epoch: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The network below; default: that of this machine. */
  readonly sockets?: GossipSockets
  /** Makes the identity of that key; default: `createMemberIdentity`. */
  readonly identityOf?: (secretKey: Uint8Array) => MemberIdentity
}

/** Central as a member of gossip like any other. It is bound before central leads, and begins no talk by itself. */
export class CentralMember {
  readonly preset: PresetName
  readonly config: GossipConfig
  readonly host: UdpHost<Member>
  readonly #clock: Clock
  readonly #listeners: Set<(event: MemberEvent) => void>

  private constructor(
    options: CentralMemberOptions,
    host: UdpHost<Member>,
    listeners: Set<(event: MemberEvent) => void>,
  ) {
    this.preset = options.preset
    this.config = PRESETS[options.preset]
    this.host = host
    this.#clock = options.clock
    this.#listeners = listeners
  }

  /** Throws `KONOR_GOSSIP_BIND`. */
  static async start(options: CentralMemberOptions): Promise<CentralMember> {
    const { doors, preset, clusterId, keys, clock, random, logger, timeline, epoch, sockets } = options
    const listeners = new Set<(event: MemberEvent) => void>()
    const host = await UdpHost.start({
      ...doors,
      ...(sockets === undefined ? {} : { sockets }),
      clusterId,
      identity: (options.identityOf ?? createMemberIdentity)(options.secretKey),
      keyring: createKeyring(keys),
      clock,
      random,
      logger,
      createMember: ({ id, address, nowMs, seal }) =>
        createMember({
          config: PRESETS[preset],
          self: { id, epoch: gossipEpoch(timeline, epoch), address },
          random,
          nowMs,
          seal,
        }),
      onEvent: event => {
        for (const listener of listeners) listener(event)
      },
    })
    return new CentralMember(options, host, listeners)
  }

  onEvent(listener: (event: MemberEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Says farewell and closes. Central that is stopped in good order is nobody's suspect; when it comes again its epoch
   * is a later life. One that is killed is found dead by the others, which costs them nothing else.
   */
  async stop(): Promise<void> {
    await this.#farewell()
    await this.host.close()
  }

  #farewell(): Promise<void> {
    return new Promise(resolve => {
      let cancel: CancelTimer = () => {}
      const done = (): void => {
        unsubscribe()
        cancel()
        resolve()
      }
      const unsubscribe = this.onEvent(({ type }) => {
        if (type === 'SELF_LEFT') done()
      })
      cancel = this.#clock.startTimer(FAREWELL_MS, done)
      this.host.leave()
    })
  }
}

/** A boot number that rises with each leadership, and above all of a timeline that a restore has ended. */
export function gossipEpoch(timeline: number, epoch: number): number {
  return timeline * EPOCHS_PER_TIMELINE + epoch
}
