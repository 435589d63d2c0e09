import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'

/** How a command ended: with a code, or by a signal. */
export interface CommandExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A command that was started. It ends once. */
export class RunningCommand {
  readonly ended: Promise<CommandExit>
  readonly #child: ChildProcess
  #exit: CommandExit | undefined

  /** Starts it with this process's standard streams. Throws `KONOR_RUN_START_FAILED`. */
  static async start(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<RunningCommand> {
    const [program = '', ...rest] = command
    try {
      const child = spawn(program, rest, { env: environment, stdio: 'inherit' })
      const running = new RunningCommand(child)
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.on('error', reject)
      })
      return running
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new KonorError('KONOR_RUN_START_FAILED', `${program} could not be started: ${why}`, { cause })
    }
  }

  private constructor(child: ChildProcess) {
    this.#child = child
    this.ended = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal }
        resolve(this.#exit)
      })
    })
  }

  /** Undefined while it runs. */
  get exit(): CommandExit | undefined {
    return this.#exit
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Asks it to end, and ends it when it has not after the grace time. */
  async stop(graceMs: number, clock: Clock): Promise<void> {
    if (this.#exit !== undefined) return
    this.signal('SIGTERM')
    const cancel = clock.startTimer(graceMs, () => this.signal('SIGKILL'))
    await this.ended
    cancel()
  }

  /** Waits until it has lived for the settle time; the exit when it ended before. */
  async settle(settleMs: number, clock: Clock): Promise<CommandExit | undefined> {
    let cancel = (): void => undefined
    const lived = new Promise<void>(resolve => (cancel = clock.startTimer(settleMs, resolve)))
    await Promise.race([lived, this.ended])
    cancel()
    return this.#exit
  }
}

/** The exit code that a shell would give: the command's own, or 128 and the number of the signal. */
export function exitCodeOf({ code, signal }: CommandExit): number {
  if (signal !== null) return 128 + (constants.signals[signal] ?? 0)
  return code ?? 1
}

/** An exit in words, as the reason of a rejection. */
export function exitText({ code, signal }: CommandExit): string {
  return signal === null ? `exited ${code}` : `ended by ${signal}`
}
