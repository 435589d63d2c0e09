import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { readAll, sampleBlob } from '../../../runtime/journal/sample-records.test.kit.ts'
import type { JournalRecord, RecordDraft } from '../../../runtime/journal/journal.ts'
import type { SharedJournal } from '../../../runtime/journal/shared-journal.ts'
import { SeededRandom } from '../../../runtime/ports/seeded-random.ts'
import { Machine } from '../machine.ts'
import { Network } from '../network.ts'
import { Program } from '../program.ts'
import { JournalStore } from '../simulated-journal.ts'
import { World } from '../world.ts'
import { GOOD_LOG, type LogConditions } from './log-conditions.ts'
import { openSimulatedStreamJournal } from './open-stream-journal.ts'
import { SimulatedLog } from './simulated-log.ts'

/**
 * What a writer was told of one record of its own: where it is, that it is nowhere, or nothing that holds.
 */
export interface Told {
  readonly id: string
  readonly fate: number | 'refused' | 'unknown'
}

/** What one follower heard. */
export interface Heard {
  readonly fromSeq: number
  readonly records: JournalRecord[]
  broken: KonorError | undefined
  /** Its program never ended: it must have heard everything. */
  isThere: boolean
}

export interface ContestResult {
  readonly records: readonly JournalRecord[]
  readonly told: readonly Told[]
  readonly heard: readonly Heard[]
  /** Why a writer gave up, if one did. */
  readonly failures: readonly unknown[]
}

const STORM_MS = 60_000
const CALM_MS = 120_000
const MACHINES = ['a', 'b', 'c']

/**
 * Three programs that all want to write, crash and come back, on a log service to which everything that it is
 * allowed to do happens; then it is good again. `harm` draws the conditions.
 */
export class LogContest {
  readonly world: World
  readonly service: SimulatedLog
  readonly #network: Network
  readonly #random: SeededRandom
  readonly #cuts: [string, string][] = []
  readonly #told: Told[] = []
  readonly #heard: Heard[] = []
  readonly #failures: unknown[] = []
  readonly #machines: readonly Machine[]
  readonly #programs = new Map<string, Program>()
  #isCalm = false
  #names = 0

  constructor(seed: string) {
    this.world = new World(seed)
    this.#random = new SeededRandom(seed)
    this.#network = new Network(this.world)
    const store = new JournalStore(this.world.random('store'))
    this.service = new SimulatedLog(this.#network, this.#machine('log'), store)
    this.#machines = MACHINES.map(name => this.#machine(name))
  }

  #machine(name: string): Machine {
    const machine = new Machine(this.world, name)
    this.#network.add(machine)
    return machine
  }

  async run(conditions: Partial<LogConditions>, appendMs: number): Promise<ContestResult> {
    Object.assign(this.service.conditions, conditions)
    this.service.store.conditions.appendMs = appendMs
    for (const machine of this.#machines) this.#start(machine)
    this.#strikeLater()
    await this.world.run(STORM_MS)
    this.#isCalm = true
    Object.assign(this.service.conditions, GOOD_LOG)
    this.service.healSides()
    for (const [from, to] of this.#cuts.splice(0)) this.#network.unblock(from, to)
    for (const { name } of this.#machines) this.#programs.get(name)?.resume()
    await this.world.run(CALM_MS)
    const reader = new Program(this.#machine('reader'), 'reader', 1)
    const reading = readAll(openSimulatedStreamJournal(this.service, reader))
    await this.world.run(CALM_MS)
    return { records: await reading, told: this.#told, heard: this.#heard, failures: this.#failures }
  }

  #start(machine: Machine): void {
    const program = new Program(machine, machine.name, ++this.#names)
    this.#programs.set(machine.name, program)
    const journal = openSimulatedStreamJournal(this.service, program)
    this.#follow(journal, program)
    this.#write(journal, program).catch((thrown: unknown) => program.isAlive && this.#failures.push(thrown))
  }

  #follow(journal: SharedJournal, program: Program): void {
    const heard: Heard = {
      fromSeq: 1 + this.#random.integer(20),
      records: [],
      broken: undefined,
      isThere: true,
    }
    journal.follow(heard.fromSeq, {
      onRecord: record => void heard.records.push(record),
      onBeat() {},
      onBroken: error => (heard.broken = error),
    })
    this.#heard.push(heard)
    program.onEnd(() => (heard.isThere = false))
  }

  /** Appends one batch after the other until all is calm. Whoever is told to read on does. */
  async #write(journal: SharedJournal, program: Program): Promise<void> {
    const random = this.#random.fork(`writer ${program.name} ${this.#names}`)
    while (!this.#isCalm && program.isAlive) {
      await new Promise<void>(resolve => program.later(random.integer(400), resolve))
      const head = await this.#patiently(() => journal.head())
      if (head === undefined) continue
      const records = Array.from({ length: 1 + random.integer(3) }, () => this.#draft(head.epoch, random))
      const ids = records.map(({ id }) => id)
      try {
        const blobs = random.fraction() < 0.1 ? [sampleBlob(random.integer(100))] : []
        const { seq } = await journal.append({ expectedSeq: head.seq, records, blobs })
        this.#tell(ids, seq - ids.length + 1)
      } catch (thrown) {
        await this.#settle(journal, ids, thrown)
      }
    }
  }

  async #settle(journal: SharedJournal, ids: readonly string[], thrown: unknown): Promise<void> {
    if (!isKonorError(thrown)) throw thrown
    if (thrown.code !== 'KONOR_JOURNAL_AMBIGUOUS') {
      if (thrown.code === 'KONOR_JOURNAL_CORRUPT') throw thrown
      return this.#tell(ids, 'refused')
    }
    const [first = ''] = ids
    const found = await this.#patiently(async () => ({ seq: await journal.find(first) }))
    if (found === undefined) return this.#tell(ids, 'unknown')
    this.#tell(ids, found.seq ?? 'refused')
  }

  /** Undefined when the service did not answer for too long. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask()
    } catch (thrown) {
      const isAway = isKonorError(thrown, 'KONOR_JOURNAL_UNREACHABLE')
      if (isAway || isKonorError(thrown, 'KONOR_JOURNAL_AMBIGUOUS')) return undefined
      throw thrown
    }
  }

  #tell(ids: readonly string[], fate: Told['fate']): void {
    for (const [index, id] of ids.entries())
      this.#told.push({ id, fate: typeof fate === 'number' ? fate + index : fate })
  }

  #draft(epoch: number, random: SeededRandom): RecordDraft {
    return {
      id: `r${++this.#names}`,
      timeline: 1,
      epoch: epoch + (random.fraction() < 0.2 ? 1 : 0),
      timeMs: this.world.nowMs,
      wallMs: this.world.nowMs,
      payload: random.bytes(random.fraction() < 0.02 ? 1_500_000 : 20),
      outputs: new Uint8Array(),
    }
  }

  #strikeLater(): void {
    this.world.after(this.#random.integer(4_000), () => {
      if (this.#isCalm) return
      this.#strike()
      this.#strikeLater()
    })
  }

  #strike(): void {
    const machine = this.#machines[this.#random.integer(MACHINES.length)]
    if (machine === undefined) return
    const forMs = this.#random.integer(this.#random.fraction() < 0.2 ? 60_000 : 8_000)
    const { service, world } = this
    switch (this.#random.integer(5)) {
      case 0:
        return service.changeLeader(this.#random.integer(3_000))
      case 1:
        service.isolateLeader([machine.name], this.#random.integer(3_000))
        return void world.after(forMs, () => service.healSides())
      case 2:
        return this.#cut(machine.name, forMs)
      case 3:
        this.#programs.get(machine.name)?.pause()
        return void world.after(forMs, () => this.#programs.get(machine.name)?.resume())
      default:
        this.#programs.get(machine.name)?.kill('crash')
        return void world.after(this.#random.integer(2_000), () => this.#isCalm || this.#start(machine))
    }
  }

  /** From the log, to it, or both. */
  #cut(name: string, forMs: number): void {
    const both: [string, string][] = [
      ['log', name],
      [name, 'log'],
    ]
    const cuts = both.slice(this.#random.integer(2), 1 + this.#random.integer(2))
    for (const [from, to] of cuts) this.#network.block(from, to)
    this.#cuts.push(...cuts)
    this.world.after(forMs, () => {
      for (const cut of cuts) {
        const at = this.#cuts.indexOf(cut)
        if (at >= 0) this.#network.unblock(...(this.#cuts.splice(at, 1)[0] ?? cut))
      }
    })
  }
}
