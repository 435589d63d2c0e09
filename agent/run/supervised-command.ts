import type { Clock } from '../../runtime/ports/clock.ts'
import type { Snapshot } from '../sdk/snapshot.ts'
import { type Entries, ENVIRONMENT_MAX_BYTES, entriesAsEnvironment } from './entries-as-environment.ts'
import type { OnChange } from './on-change.ts'
import { formatOfFile, renderEntries } from './render-entries.ts'
import { type CommandExit, RunningCommand, exitText } from './running-command.ts'
import { writeEntriesFile } from './write-entries-file.ts'

export interface SupervisedCommandOptions {
  readonly command: readonly string[]
  readonly onChange: OnChange
  readonly file: string | undefined
  /** The variables of this process, which the entries override. */
  readonly environment: NodeJS.ProcessEnv
  readonly settleMs: number
  readonly graceMs: number
  readonly clock: Clock
  /** Called when the command ended although nobody asked it to, before what was waiting for it to settle throws. */
  readonly onEnded: (exit: CommandExit) => void
  readonly warn: (message: string) => void
}

/**
 * The one command of `konor run`: put into effect with a snapshot, and with each that follows. What throws here has not
 * been applied; what returns has, and the command lived on for the settle time with it.
 */
export class SupervisedCommand {
  readonly #options: SupervisedCommandOptions
  #running: RunningCommand | undefined
  #digest: string | undefined
  #stopping = false
  /** Starts and stops come one after the other, whoever asks for them: there is never a second command. */
  #work: Promise<void> = Promise.resolve()

  constructor(options: SupervisedCommandOptions) {
    this.#options = options
  }

  get running(): boolean {
    return this.#running !== undefined
  }

  /** Starts the command, unless it runs with these values already. */
  begin(snapshot: Snapshot): Promise<void> {
    return this.#next(() => this.#begin(snapshot))
  }

  /** Puts a change into effect in the way that the user chose. */
  change(snapshot: Snapshot): Promise<void> {
    return this.#next(() => this.#change(snapshot))
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.signal(signal)
  }

  /** Resolves when nothing that was asked for is under way. */
  idle(): Promise<void> {
    return this.#work
  }

  /** From now on the command is not started any more. */
  stopStarting(): void {
    this.#stopping = true
  }

  #next(act: () => Promise<void>): Promise<void> {
    const done = this.#work.then(act)
    // Whoever asked hears of the failure; the next in line begins all the same.
    this.#work = done.catch(() => undefined)
    return done
  }

  async #begin(snapshot: Snapshot): Promise<void> {
    if (this.#running === undefined || snapshot.digest !== this.#digest) return this.#replace(snapshot)
    await this.#judge(this.#running)
  }

  async #change(snapshot: Snapshot): Promise<void> {
    const { onChange } = this.#options
    if (this.#running === undefined || onChange.does === 'restart') return this.#begin(snapshot)
    await this.#writeFile(snapshot)
    this.#digest = snapshot.digest
    if (onChange.does === 'nothing') return
    this.#running.signal(onChange.signal)
    await this.#judge(this.#running)
  }

  async #replace(snapshot: Snapshot): Promise<void> {
    const { command, environment, graceMs, clock } = this.#options
    // Before the old command is touched: values that cannot be given must not cost the one that runs.
    const entries = this.#environmentOf(snapshot)
    await this.#writeFile(snapshot)
    const old = this.#running
    this.#running = undefined
    await old?.stop(graceMs, clock)
    if (this.#stopping) return
    const started = await RunningCommand.start(command, { ...environment, ...entries })
    if (this.#stopping) return started.stop(graceMs, clock)
    this.#running = started
    this.#digest = snapshot.digest
    void started.ended.then(exit => this.#ended(started, exit))
    await this.#judge(started)
  }

  /** Throws when the command does not live through the settle time. One that ended well has done its work. */
  async #judge(running: RunningCommand): Promise<void> {
    const exit = await running.settle(this.#options.settleMs, this.#options.clock)
    if (exit !== undefined && exit.code !== 0) throw new Error(exitText(exit))
  }

  #ended(command: RunningCommand, exit: CommandExit): void {
    if (this.#running !== command) return
    this.#running = undefined
    this.#options.onEnded(exit)
  }

  async #writeFile(snapshot: Snapshot): Promise<void> {
    const { file } = this.#options
    if (file !== undefined) await writeEntriesFile(file, renderEntries(snapshot.values, formatOfFile(file)))
  }

  /** With a file, values too large for variables are in the file alone; without one there is no way to give them. */
  #environmentOf({ values }: { readonly values: Entries }): Record<string, string> {
    const { file, warn } = this.#options
    const large = JSON.stringify(values).length > ENVIRONMENT_MAX_BYTES / 2
    if (file === undefined || !large) return entriesAsEnvironment(values)
    warn(`the entries are too large for variables: they are in ${file} alone`)
    return {}
  }
}
