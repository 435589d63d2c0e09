import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { holds, type Holding, pollUntil, type PollOptions } from './poll-until.ts'
import { killAtEnd, killGroup } from './process-group.ts'
import type { TeardownContext } from './teardown-context.ts'

/** What is kept of a program's output; a program that says more has its oldest words dropped. */
export const CHILD_OUTPUT_CHARACTERS_MAX = 1024 * 1024
/** How long a program may take to end after SIGTERM before it is killed. */
const STOP_GRACE_MS = 10_000
const CLOSE_PATIENCE_MS = 500

export interface ChildOptions {
  /** Added to the environment of the test; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Called with each line of the standard output as it comes, without its end. */
  readonly onLine?: (line: string) => void
  /** The same of the standard error. */
  readonly onErrorLine?: (line: string) => void
}

interface Found<T> {
  readonly found: Holding<T>
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * A program that runs as a process of its own, in a process group of its own. When the test ends, however it
 * ends, the whole group is killed: nothing that a test started outlives it.
 */
export class ChildProgram {
  readonly pid: number
  readonly exited: Promise<ChildExit>
  readonly #name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #stdout = ''
  #stderr = ''
  #exit: ChildExit | undefined

  constructor(t: TeardownContext, file: string, args: readonly string[], options: ChildOptions = {}) {
    this.#name = [file, ...args].join(' ')
    this.#child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.exited = this.#watchExit()
    // Who never asks how it ended need not hear that it did not start; whoever waits for its output sees it
    // there.
    this.exited.catch(() => {})
    this.pid = this.#child.pid ?? 0
    const tellOut = linesTo(options.onLine)
    const tellError = linesTo(options.onErrorLine)
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-CHILD_OUTPUT_CHARACTERS_MAX)
      tellOut(text)
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-CHILD_OUTPUT_CHARACTERS_MAX)
      tellError(text)
    })
    // Writing to a program that has just ended is no failure of the test: its exit tells the story.
    this.#child.stdin.on('error', () => {})
    const forget = killAtEnd(this.pid)
    t.teardown(async () => {
      killGroup(this.pid)
      if (this.pid !== 0) await this.exited
      // Again, for what the program was starting while it was killed.
      killGroup(this.pid)
      forget()
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get running(): boolean {
    return this.#exit === undefined
  }

  /**
   * Waits until the output (of both streams) matches; fails at once when the program ends without having said
   * it.
   */
  async waitForOutput(pattern: RegExp, options: PollOptions = {}): Promise<RegExpExecArray> {
    return this.waitUntil(
      `its output matches ${pattern}`,
      () => pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr),
      options,
    )
  }

  /** `pollUntil` that gives up when the program ends, and shows its output when it gives up. */
  async waitUntil<T>(
    description: string,
    check: () => T | Promise<T>,
    options: PollOptions = {},
  ): Promise<Holding<T>> {
    const outcome = await pollUntil<Found<T> | 'ended' | undefined>(
      `${description}, of \`${this.#name}\``,
      async () => {
        // Asked before the check: what a program said just before it ended still counts.
        const ended = !this.running
        const found = await check()
        if (holds(found)) return { found }
        return ended ? 'ended' : undefined
      },
      { ...options, onTimeout: () => this.describe() },
    )
    if (outcome === 'ended') throw new Error(`Ended before ${description}: ${this.describe()}`)
    return outcome.found
  }

  /** Its command line, how it ended and what it said: for the messages of failing tests. */
  describe(): string {
    const state =
      this.#exit === undefined ? `running as ${this.pid}` : `ended by ${this.#exit.signal ?? this.#exit.code}`
    return `${this.#name} (${state})\n--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`
  }

  write(text: string): void {
    this.#child.stdin.write(text)
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  /** Sends a signal to this process alone, by its id. Await `exited` for its effect. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** SIGKILL: what a power failure leaves of a process. */
  async kill(): Promise<ChildExit> {
    this.signal('SIGKILL')
    return this.exited
  }

  /** SIGTERM, and SIGKILL when it has not ended after a grace period. */
  async stop(): Promise<ChildExit> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_GRACE_MS)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  async #watchExit(): Promise<ChildExit> {
    const closed = new Promise<void>(resume => this.#child.once('close', () => resume()))
    try {
      const [code, signal] = (await once(this.#child, 'exit')) as [number | null, NodeJS.Signals | null]
      await this.#lastOutput(closed)
      this.#exit = { code, signal }
      return this.#exit
    } catch (error) {
      this.#stderr += `Could not be started: ${String(error)}\n`
      this.#exit = { code: null, signal: null }
      throw error
    }
  }

  /**
   * `close` comes after the last output: who awaited the exit may read all that was said. But a program that
   * this one started may hold its streams open for long, so there is a bound to it.
   */
  async #lastOutput(closed: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resume => {
      timer = setTimeout(resume, CLOSE_PATIENCE_MS)
    })
    await Promise.race([closed, patience])
    clearTimeout(timer)
  }
}

/** Cuts what comes in pieces into lines. */
function linesTo(onLine: ((line: string) => void) | undefined): (text: string) => void {
  let unfinished = ''
  return text => {
    if (onLine === undefined) return
    const lines = (unfinished + text).split('\n')
    unfinished = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}
