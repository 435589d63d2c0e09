import { ChildProgram } from '../kit/child-program.ts'
import { KONOR_MAIN } from '../kit/spawn-konor.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'

export type MemberKind = 'central' | 'agent' | 'process'

/** Which point of a process is armed, and at which hit of it the process stops. */
export interface Armed {
  readonly point: string
  readonly nth: number
}

/**
 * One place of a cluster that an operating system process fills: it may be killed and started again, with or without
 * an armed fault point. What each of its lives said is kept.
 */
export class Member {
  readonly name: string
  readonly kind: MemberKind
  /** Standard error of the lives that are over. */
  readonly pastLogs: string[] = []
  readonly #t: TeardownContext
  readonly #args: () => readonly string[]
  #program: ChildProgram | undefined

  constructor(t: TeardownContext, name: string, kind: MemberKind, args: () => readonly string[]) {
    this.#t = t
    this.name = name
    this.kind = kind
    this.#args = args
  }

  get program(): ChildProgram {
    if (this.#program === undefined) throw new Error(`${this.name} was never started`)
    return this.#program
  }

  /** Everything that it wrote to its standard error, in all its lives. */
  get log(): string {
    return [...this.pastLogs, this.#program?.stderr ?? ''].join('\n')
  }

  start(armed?: Armed): ChildProgram {
    const inherited = Object.keys(process.env).filter(name => name.startsWith('KONOR_'))
    const env: Record<string, string | undefined> = {
      ...Object.fromEntries(inherited.map(name => [name, undefined])),
      NO_COLOR: '1',
      KONOR_GOSSIP: '127.0.0.1:0',
      KONOR_FAULT_POINT: armed === undefined ? undefined : `${armed.point}:${armed.nth}`,
    }
    this.#program = new ChildProgram(this.#t, process.execPath, [...this.#args()], { env })
    return this.#program
  }

  async kill(): Promise<void> {
    if (this.#program === undefined || !this.#program.running) return
    await this.#program.kill()
    this.pastLogs.push(this.#program.stderr)
    this.#program = undefined
  }

  async restart(armed?: Armed): Promise<ChildProgram> {
    await this.kill()
    return this.start(armed)
  }
}

/** Arguments of Node that run a verb of the built `konor`. */
export function konorArgs(args: readonly string[]): readonly string[] {
  return [KONOR_MAIN, ...args]
}
