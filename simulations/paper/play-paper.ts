import { groupAddress } from '../../actors/vocabulary/addresses.ts'
import type { Told } from '../../runtime/central/link-host/desire-of.ts'
import { groupView } from '../../runtime/central/reads/group-view.ts'
import { isDone } from '../../runtime/kernel/actor-record.ts'
import { FOLD_VERSION } from '../../runtime/kernel/fold-version.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { ReadRecord, Violation } from '../checkers/evidence.ts'
import { judgeRecord } from '../checkers/check-model.ts'
import { ClusterModel } from '../checkers/model/cluster-model.ts'
import { viewText, wantedView } from '../checkers/model/group-picture.ts'
import { isHeld, wishOf, wishText } from '../checkers/model/wish.ts'
import { PAPER_GROUPS, PaperActs } from './paper-acts.ts'
import { PaperCentral, type Prepare } from './paper-central.ts'
import { drawMood, type PaperMood } from './paper-mood.ts'

/** Records of one play. */
export const PAPER_RECORDS = 150
/** In one record of so many, what nodes and people say comes before the deadlines that are due. */
const SAID_FIRST_ONE_IN = 4
/** In the calm: past every timeout but the defaults, and records within which the last of a long line must end. */
const CALM_STEP_MS = 25_000
const CALM_ROUNDS_MAX = 80

/**
 * A cluster on paper: the kernel, routes, charts, policies and compiler that ship, without links, disks or time.
 * Inputs that a network would hardly bring about (repeated, overtaken, of another timeline, many at once) are folded,
 * and after each record what it told, what it shows and what it wants of each node is compared with the model.
 */
export async function playPaper(
  random: SeededRandom,
  count = PAPER_RECORDS,
  onRecord: (read: ReadRecord) => void = () => {},
): Promise<Violation[]> {
  const play = new Play(random, onRecord)
  return (await play.run(count)).map(({ promise, what }) => ({ promise, what: `on paper: ${what}` }))
}

class Play {
  readonly #random: SeededRandom
  readonly #upgrades: SeededRandom
  readonly #deadlines: SeededRandom
  readonly #mood: PaperMood
  readonly #onRecord: (read: ReadRecord) => void
  readonly #central = new PaperCentral()
  readonly #acts: PaperActs
  readonly #model: ClusterModel
  /** The candidate that each node heard last, on the link that it has. */
  readonly #told = new Map<string, Told | null>()

  constructor(random: SeededRandom, onRecord: (read: ReadRecord) => void) {
    this.#onRecord = onRecord
    this.#random = random.fork('pace')
    this.#upgrades = random.fork('upgrades')
    this.#deadlines = random.fork('deadlines')
    this.#mood = drawMood(random.fork('mood'))
    this.#acts = new PaperActs(random.fork('acts'), this.#central, this.#mood)
    this.#model = new ClusterModel(this.#central.blobs)
  }

  async run(count: number): Promise<Violation[]> {
    // In one of three plays the program is upgraded on the way: what began before ends as it began.
    const upgradeAt = this.#upgrades.integer(3) === 0 ? this.#upgrades.integer(count) : 0
    this.#central.fold = upgradeAt > 0 ? 1 : FOLD_VERSION
    for (const acts of this.#acts.begin()) {
      const broken = this.#record(acts)
      if (broken.length > 0) return broken
    }
    const { stepsMs } = this.#mood
    for (let number = 0; number < count; number++) {
      if (number === upgradeAt) this.#central.fold = FOLD_VERSION
      const stepMs = stepsMs[this.#random.integer(stepsMs.length)] ?? 1
      const broken = await this.#goOn(stepMs, this.#random.integer(3) > 0, this.#acts.next())
      if (broken.length > 0) return broken
    }
    return this.#calmDown()
  }

  /** Promise 1: when nobody asks for more and everybody does what is wanted, every job comes to its end. */
  async #calmDown(): Promise<Violation[]> {
    for (let round = 0; round < CALM_ROUNDS_MAX; round++) {
      if (this.#central.openJobs().length === 0) return this.#leftOver()
      const isLate = round >= CALM_ROUNDS_MAX / 4
      const broken = await this.#goOn(CALM_STEP_MS, true, this.#acts.calm(isLate))
      if (broken.length > 0) return broken
    }
    return this.#central
      .openJobs()
      .map(({ id, state }) => ({ promise: 1, what: `job ${id} never ends: it is ${state}` }))
  }

  #leftOver(): Violation[] {
    return this.#central
      .leftOver()
      .map(what => ({ promise: 12, what: `${what} is left over where no job is under way` }))
  }

  async #goOn(stepMs: number, compiles: boolean, acts: readonly Prepare[]): Promise<Violation[]> {
    this.#central.nowMs += stepMs
    const plans = compiles ? await this.#central.compiled() : []
    const said = [...this.#acts.later(), ...acts]
    const isFirst = this.#deadlines.integer(SAID_FIRST_ONE_IN) === 0
    const deadlines = this.#timers()
    return this.#record([...plans, ...(isFirst ? [...said, ...deadlines] : [...deadlines, ...said])])
  }

  #timers(): readonly Prepare[] {
    const isEarly = this.#deadlines.integer(this.#mood.earlyOneIn) === 0
    return [...this.#central.due(), ...(isEarly ? this.#central.early(this.#deadlines) : [])]
  }

  #record(acts: readonly Prepare[]): Violation[] {
    const read = this.#central.record(acts)
    this.#onRecord(read)
    const told = [...judgeRecord(read, this.#model), ...this.#compareAudit()]
    if (told.length > 0) return told
    return [...this.#compareViews(read), ...this.#compareDesires(read), ...this.#overdue(read)]
  }

  /** Whatever waits for a time is told of it in the record that comes next: nothing waits for a time that is over. */
  #overdue({ record: { seq } }: ReadRecord): Violation[] {
    const { nowMs } = this.#central
    return [...this.#model.groups.values()].flatMap(({ name, dueMs, state }) =>
      dueMs === undefined || dueMs > nowMs
        ? []
        : [{ promise: 1, what: `after record ${seq} ${name}, ${state}, waits for ${dueMs} at ${nowMs}` }],
    )
  }

  #compareAudit(): Violation[] {
    return this.#central.misreported.map(what => ({ promise: 11, what }))
  }

  #compareViews({ record: { seq } }: ReadRecord): Violation[] {
    const { view, nowMs } = this.#central
    return PAPER_GROUPS.flatMap(name => {
      const record = view.get(groupAddress(name))
      const group = this.#model.groups.get(name)
      if (record === undefined || isDone(record) || group === undefined) return []
      const shown = viewText(groupView(view, record, { timeMs: nowMs, wallMs: nowMs }))
      const wanted = viewText(wantedView(this.#model, group))
      if (shown === wanted) return []
      return [{ promise: 3, what: `record ${seq} shows ${name} as ${shown}, and it is ${wanted}` }]
    })
  }

  #compareDesires({ record: { seq } }: ReadRecord): Violation[] {
    return PAPER_GROUPS.flatMap(group =>
      this.#acts.nodes.flatMap(node => {
        const key = `${group} ${node}`
        if (this.#random.integer(20) === 0) this.#told.delete(key)
        const told = this.#told.get(key) ?? null
        const desire = this.#acts.desire(group, node, told)
        const wanted = wishText(wishOf(this.#model, group, node, told))
        const said = wishText({ ...desire, applyTimeoutMs: desire.applyTimeoutMs })
        const { candidate } = desire
        this.#told.set(key, candidate && { candidate, whileHeld: isHeld(this.#model, group) })
        if (said === wanted) return []
        return [
          { promise: 2, what: `after record ${seq} ${node} in ${group} is to have ${said}, not ${wanted}` },
        ]
      }),
    )
  }
}
