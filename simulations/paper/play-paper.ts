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

/** Records of one play. */
export const PAPER_RECORDS = 150
/** How far time goes on between two records: mostly a moment, at times past every timeout. */
const STEPS_MS = [1, 1, 5, 300, 900, 4_000, 25_000]

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
    this.#acts = new PaperActs(random.fork('acts'), this.#central)
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
    for (let number = 0; number < count; number++) {
      if (number === upgradeAt) this.#central.fold = FOLD_VERSION
      this.#central.nowMs += STEPS_MS[this.#random.integer(STEPS_MS.length)] ?? 1
      const plans = this.#random.integer(3) > 0 ? await this.#central.compiled() : []
      const broken = this.#record([
        ...plans,
        ...this.#central.due(),
        ...this.#acts.later(),
        ...this.#acts.next(),
      ])
      if (broken.length > 0) return broken
    }
    return []
  }

  #record(acts: readonly Prepare[]): Violation[] {
    const read = this.#central.record(acts)
    this.#onRecord(read)
    const told = [...judgeRecord(read, this.#model), ...this.#compareAudit()]
    return told.length > 0 ? told : [...this.#compareViews(read), ...this.#compareDesires(read)]
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
