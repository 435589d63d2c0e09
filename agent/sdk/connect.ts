import { basename, extname } from 'node:path'
import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import { type Faults, noFaults } from '../../runtime/ports/fault-points.ts'
import type { DialLocal } from '../../runtime/ports/local-stream.ts'
import { nodeClock } from '../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../runtime/ports/node/node-random.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { chosenSocketPath, thisSocketHost } from '../socket/default-socket-path.ts'
import { ClientCore, type StartListener } from './client-core.ts'
import { GroupFeed } from './group-feed.ts'
import type { KonorClient } from './konor-client.ts'

/** How long `connect` waits for the agent before it goes on without. */
export const CONNECT_TIMEOUT_MS = 2_000
/** How long a process lives with the first values it meets until they count as applied. */
export const SETTLE_MS = 1_000

export interface ConnectOptions {
  readonly group: string
  /** What this program is called; all its copies share the name. Default: the name of the script. */
  readonly process?: string
  /** Tells copies and restarts apart. Default: random. */
  readonly instance?: string
  /** Path of the agent's socket. Default: `KONOR_SOCKET`, then the place where an agent of this user puts it. */
  readonly socket?: string
  /** Whether to be asked before activations. Default true; without a listener the answer is yes at once. */
  readonly prepare?: boolean
  /** Fail with `KONOR_SOCKET_UNREACHABLE` instead of going on with an empty, stale snapshot. Default false. */
  readonly require?: boolean
  /** Default 2,000. */
  readonly connectTimeoutMs?: number
  /** Default 1,000. */
  readonly settleMs?: number
}

/** What runners and tests set besides. */
export interface ConnectInternals {
  readonly clock?: Clock
  readonly random?: Random
  readonly faults?: Faults
  /** Default: a Unix socket. */
  readonly dial?: DialLocal
  /** Default: that of this program. */
  readonly pid?: number
  /** Puts the first snapshot into effect instead of the settle time. */
  readonly onStart?: StartListener
}

/** A client that can also end as a process does that dies: without `bye`. */
export interface SocketClient extends KonorClient {
  /** Resolves when no listener runs. */
  idle(): Promise<void>
  /** Waits for the listeners that run now, so that the agent hears their outcome, then breaks off. */
  abandon(): Promise<void>
}

/**
 * Connects a process to one group through the local agent. Resolves with a client as soon as the agent answered, or
 * after `connectTimeoutMs` with an empty snapshot that is `stale` and fills once the agent is there. Rejects when the
 * agent is there and refuses (`KONOR_SOCKET_GROUP_UNKNOWN` after the time; what cannot change at once), and with
 * `require` when it is not there.
 */
export async function connect(options: ConnectOptions): Promise<KonorClient> {
  return connectClient(options)
}

/** `connect` with the parts that only this package uses. */
export async function connectClient(
  options: ConnectOptions,
  internals: ConnectInternals = {},
): Promise<SocketClient> {
  const clock = internals.clock ?? nodeClock
  const random = internals.random ?? nodeRandom
  const core = new ClientCore({
    group: options.group,
    clock,
    settleMs: options.settleMs ?? SETTLE_MS,
    onStart: internals.onStart,
    acknowledge: outcome => feed.acknowledge(outcome),
    warn: message => process.emitWarning(message, { type: 'KonorWarning', code: 'KONOR_SDK_TYPE' }),
  })
  let awaited = true
  let settle: (refusal: KonorError | undefined) => void = () => undefined
  const settled = new Promise<KonorError | undefined>(resolve => {
    settle = refusal => {
      awaited = false
      resolve(refusal)
    }
  })
  let refusal: KonorError | undefined
  const feed = new GroupFeed({
    path: options.socket ?? chosenSocketPath(thisSocketHost()),
    group: options.group,
    process: options.process ?? nameOfThisProgram(),
    instance: options.instance ?? Buffer.from(random.bytes(12)).toString('hex'),
    pid: internals.pid ?? process.pid,
    prepare: options.prepare ?? true,
    clock,
    random,
    faults: internals.faults ?? noFaults,
    dial: internals.dial,
    core,
    isAwaited: () => awaited,
    onMet: () => settle(undefined),
    onParted: reason => {
      refusal = reason
      if (!reason.spec.retryable) settle(reason)
    },
  })
  feed.start()
  const cancel = clock.startTimer(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS, () => {
    const refused = isKonorError(refusal, 'KONOR_SOCKET_GROUP_UNKNOWN') || options.require === true
    settle(refused ? (refusal ?? noAnswer()) : undefined)
  })
  const refused = await settled
  cancel()
  if (refused === undefined) return clientOf(core, feed)
  core.close()
  await feed.abandon()
  throw refused
}

function clientOf(core: ClientCore, feed: GroupFeed): SocketClient {
  const close = async (): Promise<void> => {
    core.close()
    await feed.close()
  }
  return {
    get: (key, fallback) => core.get(key, fallback),
    get snapshot() {
      return core.snapshot
    },
    onPrepare: listener => core.onPrepare(listener),
    onChange: listener => core.onChange(listener),
    close,
    [Symbol.asyncDispose]: close,
    idle: () => core.idle(),
    abandon: async () => {
      await core.idle()
      core.close()
      await feed.abandon()
    },
  }
}

function nameOfThisProgram(): string {
  const script = process.argv[1]
  return script === undefined ? 'node' : basename(script, extname(script)) || 'node'
}

function noAnswer(): KonorError {
  return new KonorError('KONOR_SOCKET_UNREACHABLE', 'the agent did not answer in time: look whether it runs')
}
