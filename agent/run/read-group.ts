import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import { nodeClock } from '../../runtime/ports/node/node-clock.ts'
import { type AgentConnection, type Fields, openAgentConnection } from '../sdk/agent-connection.ts'
import { fetchBundle } from '../sdk/fetch-bundle.ts'
import { chosenSocketPath, thisSocketHost } from '../socket/default-socket-path.ts'
import { type ReadFormat, formatReading } from './format-reading.ts'
import type { GroupReading } from './group-reading.ts'

export interface ReadGroupOptions {
  readonly group: string
  /** One key alone. */
  readonly key?: string
  /** Goes on and prints again whenever what the node serves changes, until `signal` or the agent ends. */
  readonly watch?: boolean
  /** Default `table`. */
  readonly format?: ReadFormat
  /** Path of the agent's socket; default `KONOR_SOCKET`, then the usual place. */
  readonly socket?: string
  readonly signal?: AbortSignal
  readonly clock?: Clock
  /** Receives text that ends with a line feed; default standard output. */
  readonly print?: (text: string) => void
}

/**
 * Prints what the local agent serves of a group, or of one key. It reads as an observer: it is no registered process
 * and owes nothing, so looking does not touch a rollout. Resolves with exit code 0. Throws `KONOR_SOCKET_UNREACHABLE`,
 * `KONOR_SOCKET_GROUP_UNKNOWN`, `KONOR_SOCKET_KEY_UNKNOWN`, and in a watch `KONOR_SOCKET_CLOSING` or
 * `KONOR_SOCKET_DISCONNECTED` when the agent ends.
 */
export async function readGroup(options: ReadGroupOptions): Promise<number> {
  const { group, key, watch = false, format = 'table', print = printToStdout } = options
  const readings = new Readings()
  const connection = await openAgentConnection({
    path: options.socket ?? chosenSocketPath(thisSocketHost()),
    clock: options.clock ?? nodeClock,
    onEvent: (event, fields) => event === 'change' && readings.add(fields),
    onClosed: reason => readings.end(reason),
  })
  const stop = (): void => readings.end(undefined)
  options.signal?.addEventListener('abort', stop, { once: true })
  let isGreeted = false
  try {
    readings.add(await hello(connection, group))
    isGreeted = true
    for (;;) {
      const state = await readings.next()
      if (state === undefined) return 0
      const reading = await readingOf(connection, group, state)
      if (reading === undefined) continue
      if (!watch) mustHold(reading, key)
      print(formatReading(reading, key, format))
      if (!watch) return 0
    }
  } finally {
    options.signal?.removeEventListener('abort', stop)
    // The agent may be gone already; a reader owes it nothing. Before a hello that was answered, `bye` is an error.
    if (isGreeted) await connection.request('bye').catch(() => undefined)
    connection.destroy()
  }
}

/** The newest state that was not read yet: of several changes in a row only the last matters. */
class Readings {
  #newest: Fields | undefined
  #ended = false
  #reason: KonorError | undefined
  #wake: () => void = () => undefined

  add(state: Fields): void {
    this.#newest = state
    this.#wake()
  }

  end(reason: KonorError | undefined): void {
    if (!this.#ended) this.#reason = reason
    this.#ended = true
    this.#wake()
  }

  /** Undefined when the reader was asked to stop; throws when the agent ended. */
  async next(): Promise<Fields | undefined> {
    while (this.#newest === undefined && !this.#ended)
      await new Promise<void>(resolve => (this.#wake = resolve))
    const state = this.#newest
    this.#newest = undefined
    if (state !== undefined || this.#reason === undefined) return state
    throw this.#reason
  }
}

async function hello(connection: AgentConnection, group: string): Promise<Fields> {
  const answer = await connection.request('hello', {
    protocol: [1, 1],
    process: 'konor-read',
    instance: `${process.pid}`,
    pid: process.pid,
    groups: [{ group, observe: true }],
  })
  return (answer['groups'] as Fields)[group] as Fields
}

/** Undefined when the state was replaced while its bundle was fetched: the next one follows. */
async function readingOf(
  connection: AgentConnection,
  group: string,
  state: Fields,
): Promise<GroupReading | undefined> {
  const activation = state['activation'] as number
  const digest = state['digest'] as string
  const inline = state['values'] as GroupReading['values'] | undefined
  try {
    const values = inline ?? (await fetchBundle(connection, group, activation, digest))
    const { revision, stale } = state
    return { group, revision: revision as number, digest, activation, stale: stale === true, values }
  } catch (thrown) {
    if (isKonorError(thrown, 'KONOR_SOCKET_ACTIVATION_UNKNOWN')) return undefined
    throw thrown
  }
}

function mustHold(reading: GroupReading, key: string | undefined): void {
  if (key === undefined || Object.hasOwn(reading.values, key)) return
  const message = `group ${reading.group} has no key ${JSON.stringify(key)} at revision ${reading.revision}`
  throw new KonorError('KONOR_SOCKET_KEY_UNKNOWN', message, { details: { group: reading.group, key } })
}

function printToStdout(text: string): void {
  process.stdout.write(text)
}
