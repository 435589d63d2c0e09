import type { NodeContext } from '../../../actors/node/chart.ts'
import type { Caller } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import { inputOf } from '../../engine/prepare-apply.ts'
import { isLive } from '../../gossip/core/member-record.ts'
import { contextOf, valueOf } from '../../kernel/actor-record.ts'
import type { PeerKeys } from '../../gossip/wire/rotation.ts'
import type { CancelTimer, Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ClusterGossip } from './cluster-gossip.ts'
import { type KeyStage, keyStageOf, stageNumber } from './key-stage.ts'
import { type Holder, missingOf } from './missing-holders.ts'

/** How often a rotation looks whether its phase is through. */
export const ROTATION_LOOK_MS = 500
/** So long a phase waits for members that say nothing; they get the newest keys with their next welcome. */
export const ROTATION_PHASE_MAX_MS = 120_000
/** Nodes that are removed shortly after one another share one rotation. */
export const ROTATION_DEBOUNCE_MS = 5_000
/**
 * What a member sealed before it heard of the phase may still be on its way for so long, and the keys that it answered
 * for on its link may still be on their way to its disk.
 */
export const ROTATION_SETTLE_MS = 2_000
/** Names of missing members in the record, the log and the status. */
export const ROTATION_NAMES_MAX = 32

export interface KeyRotationOptions {
  readonly leader: Leader
  readonly gossip: ClusterGossip
  /** Number of the keys that each linked node has said to hold. */
  readonly linked: () => ReadonlyMap<string, number>
  readonly clock: Clock
  readonly logger: Logger
  /** Instead of `ROTATION_PHASE_MAX_MS`, `ROTATION_DEBOUNCE_MS`. */
  readonly phaseMaxMs?: number
  readonly debounceMs?: number
}

const SYSTEM: Caller = { principal: 'system', scopes: ['admin', 'system'] }

/**
 * Carries a rotation through its phases. Where it stands is in the journal; what is known of the members is in memory
 * and comes again after a restart, so a central that dies in any phase goes on in it.
 */
export class KeyRotation {
  readonly #options: KeyRotationOptions
  #stage = 0
  /** Monotonic time since which the stage is waited for, or the debt is known. */
  #sinceMs = 0
  #busy = false
  #cancel: CancelTimer = () => {}
  #stopped = false

  constructor(options: KeyRotationOptions) {
    this.#options = options
    this.#lookLater()
  }

  /** Begins a rotation. Throws `KONOR_GOSSIP_ROTATING`. */
  async rotate(caller: Caller): Promise<void> {
    await this.#options.leader.submit(() => ({ input: inputOf(caller, 'rotate-keyring', {}) }))
  }

  /** Names of those that the phase under way still waits for, sorted; none while no rotation is. */
  waitingFor(): string[] {
    const stage = keyStageOf(this.#options.leader.view)
    return stage.phase === 'settled' ? [] : missingOf(this.#holders(stage))
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #lookLater(): void {
    if (this.#stopped) return
    this.#cancel = this.#options.clock.startTimer(ROTATION_LOOK_MS, () => {
      this.#look()
      this.#lookLater()
    })
  }

  #look(): void {
    const { leader, clock, debounceMs = ROTATION_DEBOUNCE_MS } = this.#options
    const stage = keyStageOf(leader.view)
    const number = stageNumber(stage) + (stage.phase === 'settled' && stage.owed ? OWED_STEP : 0)
    if (number !== this.#stage) {
      this.#stage = number
      this.#sinceMs = clock.monotonicMs()
    }
    if (this.#busy) return
    const waitedMs = clock.monotonicMs() - this.#sinceMs
    if (stage.phase !== 'settled') this.#advance(stage, waitedMs)
    else if (stage.owed && waitedMs >= debounceMs) this.#submit(this.rotate(SYSTEM))
  }

  #advance(stage: KeyStage, waitedMs: number): void {
    const { leader, logger, phaseMaxMs = ROTATION_PHASE_MAX_MS } = this.#options
    const missing = missingOf(this.#holders(stage))
    if (missing.length > 0 && waitedMs < phaseMaxMs) return
    const { generation, phase } = stage
    const named = missing.slice(0, ROTATION_NAMES_MAX)
    if (missing.length > 0)
      logger.warn(
        { generation, phase, missing: named, count: missing.length },
        'a rotation of the gossip key goes on without members that are silent',
      )
    const input = inputOf(SYSTEM, 'advance-keyring', { generation, phase, missing: named })
    this.#submit(
      leader.submit(() => ({ input })).then(() => logger.info({ generation, phase }, 'gossip keys moved on')),
    )
  }

  /** One record after the other; what fails is tried again at the next look. */
  #submit(recorded: Promise<unknown>): void {
    this.#busy = true
    recorded
      .catch((thrown: unknown) =>
        this.#options.logger.warn({ err: thrown }, 'the rotation of the gossip key could not be recorded'),
      )
      .finally(() => (this.#busy = false))
  }

  /** Whoever gossip, a link or the journal counts among the living; after a restart only the journal knows at first. */
  *#holders(stage: KeyStage): Generator<Holder> {
    const { leader, gossip, linked, clock } = this.#options
    const waitedMs = clock.monotonicMs() - this.#sinceMs
    const links = linked()
    const heard = new Map(gossip.member.host.peerKeys(waitedMs).map(peer => [peer.id, peer]))
    const number = stageNumber(stage)
    const isSettled = waitedMs >= ROTATION_SETTLE_MS
    for (const record of leader.view.list('node')) {
      const node = contextOf<NodeContext>(record).name
      const id = gossip.roster.memberOf(node)
      if (id === undefined) continue
      const member = gossip.member.host.member.get(id)
      const lives = member !== undefined && isLive(member)
      if (!lives && !links.has(node) && !countsAsLive(record)) continue
      const link = isSettled && (links.get(node) ?? 0) >= number
      yield { node, gossip: lives ? this.#heldOnGossip(stage, heard.get(id)) : undefined, link }
    }
  }

  /** What the member's newest packet since the phase began says; undefined while there is none that must know of it. */
  #heldOnGossip({ phase }: KeyStage, peer: PeerKeys | undefined): boolean | undefined {
    if (peer === undefined) return undefined
    if (phase === 'using' ? peer.samePrimary : peer.sameKeys) return true
    return peer.heardAtMs >= this.#sinceMs + ROTATION_SETTLE_MS ? false : undefined
  }
}

/** A debt that is new begins a wait of its own. */
const OWED_STEP = 0.5

function countsAsLive(record: Parameters<typeof valueOf>[0]): boolean {
  const { liveness } = valueOf(record) as { readonly liveness: string }
  return liveness === 'alive' || liveness === 'suspect'
}
