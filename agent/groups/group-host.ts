import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Desire } from '../../actors/vocabulary/desire.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupReport } from '../../actors/vocabulary/report.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { AgentStore } from '../store/agent-store.ts'
import type { BundleSource } from './bundle-source.ts'
import { type CommandOrder, compareOrder } from './fence.ts'
import { GroupCell } from './group-cell.ts'
import type { GroupAction, WriteCause } from './group-input.ts'
import { type CommittedProof, type GroupRecord, emptyRecord, generationsOf } from '../store/group-record.ts'
import type { Acknowledgement, GroupEvent, GroupService, Registration, ServedState } from './group-service.ts'
import { REGISTRATIONS_MAX, instanceKey } from './group-state.ts'
import { readProof, verifyProof } from './read-proof.ts'
import { countProcesses, reportOfGroup } from './report-of-group.ts'
import { digestOfActivation, servedState } from './served-state.ts'

/** Groups that one node serves. */
export const GROUPS_MAX = 1_024
/** Between two tries to write a record that the disk did not take. */
const WRITE_RETRY_MS = 1_000

export interface GroupHostOptions {
  readonly store: AgentStore
  readonly bundles: BundleSource
  /** The node's name until one is stored. */
  readonly name: string
  /** The report of a group changed and is to reach central. */
  readonly onReport: (group: string) => void
  readonly clock: Clock
  readonly logger: Logger
  readonly faults: Faults
}

/** What central says at the beginning of a link. */
export interface Welcomed extends CommandOrder {
  readonly groups: readonly string[]
}

/**
 * Runs the cores of all groups of a node: carries their actions out, keeps the fence against older commands, and is
 * the `GroupService` of local processes. Central's words are taken one after the other, each after what it needs is
 * durable.
 */
export class GroupHost implements GroupService {
  readonly #options: GroupHostOptions
  readonly #cells = new Map<string, GroupCell>()
  readonly #servedListeners = new Set<(group: string) => void>()
  #order: CommandOrder
  #commands: Promise<void> = Promise.resolve()
  #stopped = false
  /** Writes that the disk does not take for now. */
  #blocked = 0
  /** Called when a cell may have settled: wakes `start` and `settled`. */
  #onProgress: () => void = () => {}

  constructor(options: GroupHostOptions) {
    this.#options = options
    const { timeline, epoch } = options.store.state
    this.#order = { timeline, epoch }
  }

  /** Loads what is stored; resolves when every group serves what it can without central. */
  async start(): Promise<void> {
    const { store } = this.#options
    for (const record of store.state.groups) this.#open(record)
    for (const token of store.state.tokens) if (token.state === 'redeemed') this.joined(token.group)
    for (const cell of this.#cells.values()) cell.take({ type: 'BOOTED', recovered: store.recovered })
    // A group whose way back cannot be written is not waited for: the others are, until they are served.
    await this.#until(() =>
      [...this.#cells.values()].every(
        cell => cell.isSettled || (this.#blocked > 0 && cell.state.writing !== null),
      ),
    )
  }

  get node(): string {
    return this.#options.store.state.name ?? this.#options.name
  }

  /** The node became a member of a group; it may hold no generation of it yet. Past the bound it is not taken. */
  joined(group: string): void {
    if (this.#cells.has(group)) return
    if (this.#cells.size < GROUPS_MAX) return this.#open(emptyRecord(group))
    // Refusing the one group, and not the link that named it, keeps all the others served.
    const error = new KonorError(
      'KONOR_AGENT_TOO_MANY_GROUPS',
      `this node serves ${GROUPS_MAX} groups already`,
    )
    this.#options.logger.error({ err: error, code: error.code, group }, 'a group is not served')
  }

  /** Takes the beginning of a link. Rejects with `KONOR_AGENT_FENCED` when its sender is not the newest central. */
  welcomed(welcome: Welcomed): Promise<void> {
    return this.#command(welcome, () => {
      for (const group of welcome.groups) this.joined(group)
      for (const cell of this.#cells.values()) {
        if (!welcome.groups.includes(cell.group)) cell.take({ type: 'REMOVED' })
        cell.take({ type: 'LINK_UP' })
      }
    })
  }

  /** Takes a desire. Rejects with `KONOR_AGENT_FENCED` when it is of an older epoch than one that was accepted. */
  desired(desire: Desire, traceparent?: string, signature?: Uint8Array): Promise<void> {
    return this.#command(desire, () => {
      this.joined(desire.group)
      const cell = this.#cells.get(desire.group)
      if (cell === undefined) return
      cell.traceparent = traceparent
      cell.take({ type: 'DESIRED', desire, proof: this.#proofOf(cell, desire, signature) })
    })
  }

  /**
   * Takes what a peer passed on as central's word; whether this node goes after something new now. Central's signature
   * counts as its command: the order of it is the highest from then on. Rejects with `KONOR_AGENT_BAD_PROOF`, and
   * with `KONOR_AGENT_FENCED` when a later central was heard already.
   */
  async peerCommitted(group: string, proof: CommittedProof): Promise<boolean> {
    verifyProof(this.#options.store.state.cluster, group, proof)
    const cell = this.#member(group)
    let isNew = false
    await this.#command(proof, () => {
      const before = cell.state.desire
      cell.take({ type: 'PEER_COMMITTED', proof })
      isNew = cell.state.desire !== before
    })
    return isNew
  }

  /** The newest proof of what a group committed, as it is on disk; undefined while there is none. */
  proofOf(group: string): CommittedProof | undefined {
    const { member, proof } = this.#cells.get(group)?.state.record ?? {}
    return member === true ? (proof ?? undefined) : undefined
  }

  linkDown(): void {
    this.#commands = this.#commands.then(() => {
      for (const cell of this.#cells.values()) cell.take({ type: 'LINK_DOWN' })
    })
  }

  /** Groups that have something to report. */
  groups(): readonly string[] {
    return [...this.#cells.values()].filter(cell => cell.state.record.member).map(cell => cell.group)
  }

  report(group: string): GroupReport | undefined {
    const cell = this.#cells.get(group)
    return cell?.state.record.member === true ? reportOfGroup(cell.state) : undefined
  }

  traceparent(group: string): string | undefined {
    return this.#cells.get(group)?.traceparent
  }

  state(group: string): ServedState | undefined {
    const cell = this.#cells.get(group)
    return cell === undefined ? undefined : servedState(cell.state)
  }

  bundle(group: string, activation?: number): Uint8Array | undefined {
    const cell = this.#cells.get(group)
    if (cell === undefined) return undefined
    const digest = digestOfActivation(cell.state, activation)
    return digest === undefined ? undefined : cell.bundles.get(digest as Digest)
  }

  values(group: string): ReadonlyMap<string, unknown> | undefined {
    return this.state(group) === undefined ? undefined : this.#cells.get(group)?.values()
  }

  /** Registrations of local processes, over all groups. */
  get processes(): number {
    return [...this.#cells.values()].reduce((sum, { state }) => sum + state.registrations.size, 0)
  }

  belongs(group: string): boolean {
    return this.#cells.get(group)?.state.record.member === true
  }

  register(
    registration: Registration,
    heldActivation: number | undefined,
    notify: (event: GroupEvent) => void,
  ): { readonly owesAck: boolean } {
    const cell = this.#member(registration.group)
    const key = instanceKey(registration)
    const { registrations } = cell.state
    if (registrations.size >= REGISTRATIONS_MAX && !registrations.has(key))
      throw new KonorError(
        'KONOR_AGENT_TOO_MANY_PROCESSES',
        `${REGISTRATIONS_MAX} processes are registered for ${registration.group}`,
      )
    cell.listen(registration, notify)
    cell.take({ type: 'REGISTERED', registration, heldActivation })
    const { applying } = cell.state
    return { owesAck: applying !== null && applying.result === null && applying.owing.has(key) }
  }

  acknowledge(registration: Registration, acknowledgement: Acknowledgement): void {
    const cell = this.#member(registration.group)
    const { activation, phase } = acknowledgement
    const { record, preparing, prepared, registrations } = cell.state
    const prepares = [preparing?.round.activation, prepared?.activation, record.active?.activation]
    const isAwaited =
      phase === 'applied' ? record.active?.activation === activation : prepares.includes(activation)
    if (!isAwaited || !registrations.has(instanceKey(registration)))
      throw new KonorError(
        'KONOR_SOCKET_STALE_ACK',
        `nothing of activation ${activation} is awaited of this process`,
      )
    cell.take({ type: 'ACKNOWLEDGED', registration, acknowledgement })
  }

  bye(registration: Registration): void {
    const cell = this.#cells.get(registration.group)
    cell?.unlisten(registration)
    cell?.take({ type: 'BYE', registration })
  }

  disconnected(registration: Registration): void {
    const cell = this.#cells.get(registration.group)
    cell?.unlisten(registration)
    cell?.take({ type: 'DISCONNECTED', registration })
  }

  registered(group: string): number {
    const cell = this.#cells.get(group)
    return cell === undefined ? 0 : countProcesses(cell.state)
  }

  onServed(listener: (group: string) => void): () => void {
    this.#servedListeners.add(listener)
    return () => this.#servedListeners.delete(listener)
  }

  /** No timer fires and nothing is written any more; what is being written still ends. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cell of this.#cells.values()) cell.stop()
    this.#onProgress()
    await this.#options.store.settled()
  }

  #open(record: GroupRecord): void {
    const perform = (cell: GroupCell, action: GroupAction): void => this.#perform(cell, action)
    this.#cells.set(record.group, new GroupCell(record, this.#options.clock, perform))
  }

  #member(group: string): GroupCell {
    const cell = this.#cells.get(group)
    if (cell?.state.record.member === true) return cell
    throw new KonorError('KONOR_AGENT_UNKNOWN_GROUP', `the node does not belong to the group ${group}`)
  }

  /** A bad signature under a desire of central's own link harms nobody but who would pass it on. */
  #proofOf(cell: GroupCell, desire: Desire, signature: Uint8Array | undefined): CommittedProof | undefined {
    try {
      return readProof(this.#options.store.state.cluster, desire, signature, cell.state.record.proof)
    } catch (error) {
      this.#options.logger.error({ err: error, group: desire.group }, 'a proof of central does not verify')
      return undefined
    }
  }

  #perform(cell: GroupCell, action: GroupAction): void {
    const { logger } = this.#options
    switch (action.do) {
      case 'obtain':
        return void this.#obtain(cell, action)
      case 'persist':
        return void this.#persist(cell, action.record, action.cause)
      case 'push':
        return cell.tell(action.event, action.to)
      case 'report':
        return this.#options.onReport(cell.group)
      case 'announce':
        for (const listener of this.#servedListeners) listener(cell.group)
        return
      case 'collect':
        return void this.#options.bundles.collect(digest => this.#isNeeded(digest))
      case 'warn':
        return logger.warn({ ...action.fields, code: action.code }, action.message)
    }
  }

  async #obtain(cell: GroupCell, action: Extract<GroupAction, { do: 'obtain' }>): Promise<void> {
    const { generation, localOnly } = action
    const { digest } = generation
    const bytes = await this.#options.bundles.obtain(cell.group, generation, localOnly)
    if (this.#stopped) return
    if (bytes instanceof Uint8Array) {
      cell.bundles.set(digest, bytes)
      cell.take({ type: 'OBTAINED', digest })
    } else cell.take({ type: 'OBTAIN_FAILED', digest, failure: bytes })
    this.#onProgress()
  }

  async #persist(cell: GroupCell, record: GroupRecord, cause: WriteCause): Promise<void> {
    const { faults, logger } = this.#options
    const written = await this.#untilWritten(async () => {
      if (cause === 'activate') faults.hit('agent.before-activate')
      await this.#options.store.update(state => ({ ...state, groups: withRecord(state.groups, record) }))
    })
    if (!written) return
    const { active, fallback, group } = record
    const { traceparent } = cell
    const fields = {
      group,
      cause,
      revision: active?.revision,
      activation: active?.activation,
      fallback,
      traceparent,
    }
    logger.info(fields, 'the state of a group changed')
    try {
      if (cause === 'activate') faults.hit('agent.after-activate')
    } catch (error) {
      logger.error({ err: error, group }, 'a fault after an activation was durable')
    }
    cell.take({ type: 'PERSISTED' })
    this.#onProgress()
  }

  /** Takes one word of central after the one before it, once its order is durable as the highest. */
  #command(order: CommandOrder, take: () => void): Promise<void> {
    const { timeline, epoch } = order
    const done = this.#commands.then(async () => {
      const against = compareOrder(order, this.#order)
      if (against < 0)
        throw new KonorError(
          'KONOR_AGENT_FENCED',
          `refused a command of timeline ${timeline}, epoch ${epoch}: ${this.#order.timeline}, ${this.#order.epoch} was accepted`,
        )
      if (against > 0) {
        const change = this.#untilWritten(() =>
          this.#options.store.update(state => ({ ...state, timeline, epoch })),
        )
        if (!(await change)) return
        this.#order = { timeline, epoch }
      }
      if (!this.#stopped) take()
    })
    this.#commands = done.catch(() => undefined)
    return done
  }

  /** A disk that does not take a write is asked again: nothing goes on without it, and what is served stays. */
  async #untilWritten(write: () => Promise<void>): Promise<boolean> {
    const { clock, logger } = this.#options
    while (!this.#stopped) {
      try {
        await write()
        return true
      } catch (error) {
        logger.error({ err: error }, 'cannot write the agent state: trying again')
        this.#blocked++
        this.#onProgress()
        await new Promise<void>(resolve => clock.startTimer(WRITE_RETRY_MS, resolve))
        this.#blocked--
      }
    }
    return false
  }

  #isNeeded(digest: Digest): boolean {
    return [...this.#cells.values()].some(({ state, bundles }) => {
      const { record, writing, desire } = state
      if (bundles.has(digest) || state.bundles.has(digest)) return true
      const written = [record, ...(writing === null ? [] : [writing.record])].flatMap(generationsOf)
      const wanted = desire === null ? [] : [desire.committed, desire.candidate]
      return [...written, ...wanted].some(generation => generation?.digest === digest)
    })
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.#stopped && !condition())
      await new Promise<void>(resolve => {
        this.#onProgress = resolve
      })
  }
}

function withRecord(records: readonly GroupRecord[], record: GroupRecord): readonly GroupRecord[] {
  return [...records.filter(one => one.group !== record.group), record]
}
