import { constants } from 'node:os'
import { basename } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import { nodeClock } from '../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../runtime/ports/node/node-random.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { type SocketClient, connectClient } from '../sdk/connect.ts'
import type { Snapshot } from '../sdk/snapshot.ts'
import { parseOnChange } from './on-change.ts'
import { formatOfFile } from './render-entries.ts'
import { ENDING_SIGNALS, type SignalSource, listenForSignals, processSignals } from './run-signals.ts'
import { type CommandExit, exitCodeOf, exitText } from './running-command.ts'
import { SupervisedCommand } from './supervised-command.ts'

/** Starts after a crash, in a row; one that lived for the steady time begins a new row. */
export const RESTARTS_MAX = 10
export const RESTART_FIRST_MS = 250
export const RESTART_MAX_MS = 10_000
const STEADY_MS = 30_000
/** How long the agent may be away when the command is started for the first time, and when it is started again. */
const FIRST_CONNECT_TIMEOUT_MS = 10_000
const AGAIN_CONNECT_TIMEOUT_MS = 2_000

export interface RunCommandOptions {
  readonly group: string
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** `restart` (default), `signal:HUP` or `none`. */
  readonly onChange?: string
  /** Also write the entries here: `.json`, `.yaml` or `.env`. */
  readonly file?: string
  /** Path of the agent's socket; default `KONOR_SOCKET`, then the usual place. */
  readonly socket?: string
  /** What the agent calls this program; default the name of the command. */
  readonly process?: string
  /** How long the command must live with new values until they count as applied; default 1,000. */
  readonly settleMs?: number
  /** How long a command may take to end after SIGTERM; default 10,000. */
  readonly graceMs?: number
  /** How long to wait for the first revision of the group; default 60,000. */
  readonly startTimeoutMs?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly signals?: SignalSource
  readonly environment?: NodeJS.ProcessEnv
  /** Lines for the person at the terminal; default standard error. */
  readonly say?: (line: string) => void
}

/**
 * Runs a command with a group's entries as its environment, and puts every change into effect. Resolves with the exit
 * code for `konor run`: the command's own, or 128 and the signal's number. A command that crashes at its first start
 * ends the run; one that has worked before is started again, at most 10 times in a row, as a new instance, after the
 * old one left without `bye`. Throws `KONOR_RUN_…`, `KONOR_SOCKET_UNREACHABLE` and `KONOR_SOCKET_GROUP_UNKNOWN`.
 */
export async function runCommand(options: RunCommandOptions): Promise<number> {
  if (options.command.length === 0) throw new KonorError('KONOR_RUN_USAGE', 'give a command after --')
  if (options.file !== undefined) formatOfFile(options.file)
  return new CommandRun(options).run()
}

class CommandRun {
  readonly #options: RunCommandOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #signals: SignalSource
  readonly #say: (line: string) => void
  readonly #command: SupervisedCommand
  #client: SocketClient | undefined
  #held: Snapshot | undefined
  /** True while the agent waits to hear what came of an activation: a crash is told in that answer. */
  #answering = false
  #worked = false
  #finished = false
  #crashes = 0
  #startedMs = 0
  #endingSignal: NodeJS.Signals | undefined
  #finish: (result: unknown) => void = () => undefined
  #cancelTimer: () => void = () => undefined

  constructor(options: RunCommandOptions) {
    this.#options = options
    this.#clock = options.clock ?? nodeClock
    this.#random = options.random ?? nodeRandom
    this.#signals = options.signals ?? processSignals()
    this.#say = options.say ?? (line => void process.stderr.write(`konor run: ${line}\n`))
    this.#command = new SupervisedCommand({
      command: options.command,
      onChange: parseOnChange(options.onChange ?? 'restart'),
      file: options.file,
      environment: options.environment ?? process.env,
      settleMs: options.settleMs ?? 1_000,
      graceMs: options.graceMs ?? 10_000,
      clock: this.#clock,
      onEnded: exit => void this.#ended(exit, this.#answering),
      warn: this.#say,
    })
  }

  async run(): Promise<number> {
    const finished = new Promise<unknown>(resolve => (this.#finish = resolve))
    const deafen = listenForSignals(this.#signals, signal => this.#take(signal))
    this.#connect().catch(this.#finish)
    const result = await finished
    this.#finished = true
    this.#cancelTimer()
    // What was asked of the command last is waited for: its outcome is told, and nothing is left running behind.
    await this.#client?.idle()
    await this.#client?.close()
    await this.#command.idle()
    deafen()
    if (typeof result === 'number') return result
    throw result
  }

  async #connect(): Promise<void> {
    const { group, command, socket } = this.#options
    const first = this.#held === undefined
    const client = await connectClient(
      {
        group,
        process: this.#options.process ?? basename(command[0] ?? ''),
        require: first,
        connectTimeoutMs: first ? FIRST_CONNECT_TIMEOUT_MS : AGAIN_CONNECT_TIMEOUT_MS,
        ...(socket === undefined ? {} : { socket }),
      },
      {
        clock: this.#clock,
        random: this.#random,
        onStart: (next, owed) => this.#answer(next, owed, 'begin'),
      },
    )
    if (this.#finished) return client.close()
    this.#client = client
    client.onChange(({ next }) => this.#answer(next, true, 'change'))
    if (client.snapshot.activation > 0) return
    if (first) this.#awaitFirstRevision()
    // The agent is away: the command goes on with what it had, and with the agent's word when that comes.
    else if (this.#held !== undefined) await this.#putIntoEffect(this.#held, 'begin')
  }

  #awaitFirstRevision(): void {
    const { group, startTimeoutMs = 60_000 } = this.#options
    this.#say(`group ${group} holds nothing yet: waiting for its first revision`)
    this.#cancelTimer = this.#clock.startTimer(startTimeoutMs, () =>
      this.#finish(
        new KonorError('KONOR_RUN_NO_REVISION', `group ${group} held nothing for ${startTimeoutMs} ms`),
      ),
    )
  }

  /** What the agent asks for. Throws what it is told as the reason of a rejection. */
  async #answer(snapshot: Snapshot, owed: boolean, how: 'begin' | 'change'): Promise<void> {
    this.#answering = owed
    try {
      await this.#putIntoEffect(snapshot, how)
    } finally {
      this.#answering = false
    }
  }

  async #putIntoEffect(snapshot: Snapshot, how: 'begin' | 'change'): Promise<void> {
    this.#cancelTimer()
    const before = this.#held
    this.#held = snapshot
    this.#startedMs = this.#clock.monotonicMs()
    try {
      await this.#command[how](snapshot)
      this.#worked = true
    } catch (thrown) {
      if (thrown instanceof KonorError) {
        // Values that cannot be given to a command: the one that runs, or is to be started again, keeps its own.
        this.#held = before
        if (!this.#worked) this.#finish(thrown)
      }
      throw thrown
    }
  }

  /** The command ended by itself. `judged`: its end was the answer to an activation, so the agent knows. */
  async #ended(exit: CommandExit, judged: boolean): Promise<void> {
    if (exit.code === 0 || this.#endingSignal !== undefined) return this.#finish(exitCodeOf(exit))
    this.#say(`${this.#options.command[0]} ${exitText(exit)}`)
    if (!judged || !this.#worked) {
      // An instance died: leaving without bye tells the agent, whose guard counts such deaths.
      await this.#client?.abandon()
      this.#client = undefined
    }
    if (this.#clock.monotonicMs() - this.#startedMs > STEADY_MS) this.#crashes = 0
    this.#crashes++
    if (!this.#worked || this.#crashes > RESTARTS_MAX) return this.#finish(exitCodeOf(exit))
    const longestMs = Math.min(RESTART_MAX_MS, RESTART_FIRST_MS * 2 ** (this.#crashes - 1))
    const delayMs = longestMs * Math.max(0.1, this.#random.fraction())
    this.#cancelTimer = this.#clock.startTimer(delayMs, () => void this.#again())
  }

  async #again(): Promise<void> {
    if (this.#endingSignal !== undefined || this.#command.running) return
    try {
      if (this.#client === undefined) await this.#connect()
      else if (this.#held !== undefined) await this.#putIntoEffect(this.#held, 'begin')
    } catch (thrown) {
      // A crash is seen by `#ended`, which goes on; what cannot even be started ends the run.
      if (thrown instanceof KonorError) this.#finish(thrown)
    }
  }

  #take(signal: NodeJS.Signals): void {
    if (ENDING_SIGNALS.has(signal)) {
      this.#command.stopStarting()
      // Whoever ends the command does not judge its values by that.
      void this.#client?.close()
      const again = this.#endingSignal !== undefined
      this.#endingSignal = signal
      if (!this.#command.running) return this.#finish(128 + constants.signals[signal])
      if (again && signal === 'SIGTERM') return this.#command.signal('SIGKILL')
    }
    if (signal !== 'SIGINT' || !this.#signals.terminalSendsInterrupt) this.#command.signal(signal)
  }
}
