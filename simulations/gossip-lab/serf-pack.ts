import { Buffer } from 'node:buffer'
import { ChildProgram } from '../kit/child-program.ts'
import { freePort } from '../kit/free-port.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'
import { labKey } from './hosted-member.ts'
import { FIRST_KEY, type SightKind } from './member-words.ts'
import { insideNamespace } from './namespaces.ts'
import { nowMs, type Pack, SEEDS, watchForCrash } from './pack.ts'
import { Sightings } from './sightings.ts'

const SIGHTS: Readonly<Record<string, SightKind>> = {
  EventMemberJoin: 'up',
  EventMemberFailed: 'down',
  EventMemberLeave: 'left',
}
const LOOPBACK = '127.0.0.1'

interface Seat {
  readonly process: ChildProgram
  readonly address: string
}

/**
 * Agents of HashiCorp's serf, as the system ships it, with its `lan` profile and its packets encrypted with a key of
 * 32 bytes, as ours are. What they see is read off their log.
 */
export class SerfPack implements Pack {
  readonly name = 'serf'
  readonly sightings = new Sightings()
  readonly #t: TeardownContext
  readonly #program: string
  readonly #namespace: string | undefined
  readonly crashes: string[] = []
  readonly #seats = new Map<string, Seat>()
  readonly #struck = new Set<string>()
  #born = 0
  #nextPort = 10_000

  constructor(t: TeardownContext, program: string, namespace?: string) {
    this.#t = t
    this.#program = program
    this.#namespace = namespace
  }

  get members(): readonly string[] {
    return [...this.#seats.keys()]
  }

  get pids(): readonly number[] {
    return [...this.#seats.values()].map(({ process }) => process.pid)
  }

  async add(): Promise<string> {
    const name = `s${this.#born++}`
    const address = `${LOOPBACK}:${await this.#port()}`
    const args = [
      'agent',
      `-node=${name}`,
      `-bind=${address}`,
      `-rpc-addr=${LOOPBACK}:${await this.#port()}`,
      `-encrypt=${Buffer.from(labKey(FIRST_KEY)).toString('base64')}`,
      ...[...this.#seats.values()].slice(0, SEEDS).map(seat => `-join=${seat.address}`),
    ]
    const [file, words] = insideNamespace(this.#namespace, this.#program, args)
    this.sightings.began(name, nowMs())
    const process = new ChildProgram(this.#t, file, words, { onLine: line => this.#hear(name, line) })
    watchForCrash(process, () => this.#struck.has(name), this.crashes)
    await process.waitForOutput(/Serf agent running!/)
    this.#seats.set(name, { process, address })
    return name
  }

  async kill(member: string): Promise<number> {
    const { process } = this.#seat(member)
    this.sightings.ends(member)
    this.#struck.add(member)
    this.#seats.delete(member)
    const atMs = nowMs()
    await process.kill()
    return atMs
  }

  signal(member: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#seat(member).process.signal(signal)
  }

  describe(): string {
    return this.sightings.describe()
  }

  /** In a namespace of their own all ports are free, and one that was asked for elsewhere says nothing there. */
  async #port(): Promise<number> {
    if (this.#namespace === undefined) return freePort()
    return this.#nextPort++
  }

  #hear(by: string, line: string): void {
    const [, event = '', of = ''] = /serf: (EventMember\w+): (\S+)/.exec(line) ?? []
    const sight = SIGHTS[event]
    if (sight !== undefined && of !== by) this.sightings.add({ by, sight, of, atMs: nowMs() })
  }

  #seat(member: string): Seat {
    const seat = this.#seats.get(member)
    if (seat === undefined) throw new Error(`There is no serf agent ${member}.`)
    return seat
  }
}
