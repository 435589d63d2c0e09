import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { DialLocal } from '../../runtime/ports/local-stream.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { type AgentConnection, type Fields, openAgentConnection } from './agent-connection.ts'
import type { ClientCore, Outcome } from './client-core.ts'
import { fetchBundle } from './fetch-bundle.ts'
import type { Snapshot } from './snapshot.ts'

/** First and longest pause between two attempts to connect; each is a random part of it, at least a tenth. */
export const RECONNECT_FIRST_MS = 100
export const RECONNECT_MAX_MS = 5_000
/** A connection that lived so long lets the pauses begin small again. */
const STEADY_MS = 10_000
/** Silence after which the agent is asked whether it lives. */
const SILENCE_MS = 20_000
/** Pushed events that may wait for a bundle to be fetched. */
const EVENTS_WAITING_MAX = 256

export interface GroupFeedOptions {
  readonly path: string
  readonly group: string
  readonly process: string
  readonly instance: string
  readonly pid: number
  readonly prepare: boolean
  readonly clock: Clock
  readonly random: Random
  readonly faults: Faults
  readonly dial: DialLocal | undefined
  readonly core: ClientCore
  /** Whether the program has not been given its client yet: then nobody can have read what the snapshot replaces. */
  readonly isAwaited: () => boolean
  /** Called after every attempt that ended, with its reason. */
  readonly onParted: (reason: KonorError) => void
  /** Called whenever hello was answered and its state is in the core. */
  readonly onMet: () => void
}

/**
 * Keeps a client core fed from the agent: connects, says hello, takes events in order, and begins again after a loss.
 */
export class GroupFeed {
  readonly #options: GroupFeedOptions
  #connection: AgentConnection | undefined
  /** Events are taken one after the other, also when one of them needs a bundle first. */
  #work: Promise<void> = Promise.resolve()
  #waitingEvents = 0
  #attempts = 0
  #ended = false
  #parting: Promise<void> | undefined
  #cancelPause: () => void = () => undefined
  #cancelWatch: () => void = () => undefined

  constructor(options: GroupFeedOptions) {
    this.#options = options
  }

  start(): void {
    void this.#attend()
  }

  /** Sends an outcome if the agent is there. If it is not, hello will tell that it is still owed. */
  acknowledge(outcome: Outcome): void {
    const connection = this.#connection
    if (connection === undefined) return
    const { faults, group } = this.#options
    faults.hit('process.before-ack')
    connection.request('ack', { group, ...outcome }).catch((error: unknown) => {
      // What is no longer awaited needs no acknowledgement; a loss is made good after the next hello.
      if (!isKonorError(error, 'KONOR_SOCKET_STALE_ACK')) connection.destroy()
    })
    faults.hit('process.after-ack')
  }

  /** Says `bye`, as far as the agent listens, and ends. Whoever calls it again waits for the same end. */
  close(): Promise<void> {
    this.#parting ??= this.#part('bye')
    return this.#parting
  }

  /** Ends without `bye`, as a process that dies does; what was sent before arrives. */
  abandon(): Promise<void> {
    // Answers come in order: after that of a ping the agent has read everything.
    this.#parting ??= this.#part('ping')
    return this.#parting
  }

  async #part(lastWord: 'bye' | 'ping'): Promise<void> {
    this.#end()
    const connection = this.#connection
    if (connection === undefined) return
    // An agent that is gone or does not answer has nothing to hear.
    await connection.request(lastWord).catch(() => undefined)
    connection.destroy()
  }

  #end(): void {
    this.#ended = true
    this.#cancelPause()
    this.#cancelWatch()
  }

  async #attend(): Promise<void> {
    const { clock, path, dial } = this.#options
    const beganMs = clock.monotonicMs()
    let parted: (reason: KonorError) => void = () => undefined
    const ended = new Promise<KonorError>(resolve => (parted = resolve))
    let reason: KonorError
    try {
      const connection = await openAgentConnection({
        path,
        clock,
        ...(dial === undefined ? {} : { dial }),
        onEvent: (event, fields) => this.#queue(() => this.#take(event, fields)),
        onClosed: closed => parted(closed),
      })
      if (this.#ended) return connection.destroy()
      reason = await this.#converse(connection, ended)
    } catch (thrown) {
      reason = asKonorError(thrown)
    }
    this.#connection?.destroy()
    this.#connection = undefined
    this.#cancelWatch()
    this.#options.core.setStale(true)
    if (this.#ended) return
    if (clock.monotonicMs() - beganMs > STEADY_MS) this.#attempts = 0
    this.#options.onParted(reason)
    this.#pause()
  }

  async #converse(connection: AgentConnection, ended: Promise<KonorError>): Promise<KonorError> {
    this.#connection = connection
    this.#work = Promise.resolve()
    this.#waitingEvents = 0
    // Queued before the answer can arrive: events that follow it wait until it is taken.
    this.#queue(() => this.#hello(connection))
    this.#watch(connection)
    return ended
  }

  async #hello(connection: AgentConnection): Promise<void> {
    const { group, process, instance, pid, prepare, core } = this.#options
    const held = core.snapshot.activation
    const answer = await connection.request('hello', {
      protocol: [1, 1],
      process,
      instance,
      pid,
      prepare,
      groups: [held === 0 ? { group } : { group, activation: held }],
    })
    const state = (answer['groups'] as Fields | undefined)?.[group] as Fields
    const snapshot = await this.#snapshotOf(connection, state, held)
    if (this.#connection !== connection) return
    core.meet(snapshot, state['owesAck'] === true, this.#options.isAwaited())
    this.#options.onMet()
  }

  async #take(event: string, fields: Fields): Promise<void> {
    const { core, group } = this.#options
    const connection = this.#connection
    if (connection === undefined) return
    if (event === 'ping') return void connection.request('ping').catch(() => connection.destroy())
    if (fields['group'] !== group) return
    if (event === 'stale' || event === 'fresh') return core.setStale(event === 'stale')
    if (event === 'change') {
      const snapshot = await this.#snapshotOf(connection, fields, core.snapshot.activation)
      if (this.#connection === connection) core.change(snapshot)
    }
    if (event === 'prepare') {
      // Nobody here looks at candidates: their values need not travel.
      const held = core.preparing ? undefined : (fields['activation'] as number)
      const snapshot = await this.#snapshotOf(connection, fields, held)
      if (this.#connection === connection) core.prepare(snapshot)
    }
  }

  /** The snapshot that a STATE describes. The bundle is not fetched when `held` is its activation. */
  async #snapshotOf(connection: AgentConnection, state: Fields, held: number | undefined): Promise<Snapshot> {
    const { group, core } = this.#options
    const activation = state['activation'] as number
    const digest = state['digest'] as string
    const inline = state['values'] as Record<string, CborValue> | undefined
    const known = activation === held || digest === core.snapshot.digest ? core.snapshot.values : undefined
    const values = known ?? inline ?? (await fetchBundle(connection, group, activation, digest))
    return {
      group,
      revision: state['revision'] as number,
      digest,
      activation,
      stale: state['stale'] === true,
      values,
    }
  }

  /** Whatever goes wrong with one message ends the connection: the next hello brings everything in order again. */
  #queue(task: () => Promise<void>): void {
    const connection = this.#connection
    if (++this.#waitingEvents > EVENTS_WAITING_MAX) return connection?.destroy()
    this.#work = this.#work.then(async () => {
      this.#waitingEvents--
      if (this.#connection !== connection) return
      try {
        await task()
      } catch (thrown) {
        // A generation that was replaced while it was fetched: its successor's event follows.
        if (!isKonorError(thrown, 'KONOR_SOCKET_ACTIVATION_UNKNOWN')) connection?.fail(asKonorError(thrown))
      }
    })
  }

  #watch(connection: AgentConnection): void {
    const { clock } = this.#options
    this.#cancelWatch = clock.startTimer(SILENCE_MS, () => {
      if (clock.monotonicMs() - connection.heardMs >= SILENCE_MS) {
        connection.request('ping').catch(() => connection.destroy())
      }
      this.#watch(connection)
    })
  }

  #pause(): void {
    const { clock, random } = this.#options
    const longestMs = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.#attempts++, 16))
    const delayMs = longestMs * Math.max(0.1, random.fraction())
    this.#cancelPause = clock.startTimer(delayMs, () => void this.#attend())
  }
}

function asKonorError(thrown: unknown): KonorError {
  if (thrown instanceof KonorError) return thrown
  return new KonorError('KONOR_SOCKET_DISCONNECTED', 'the conversation with the agent broke off', {
    cause: thrown,
  })
}
