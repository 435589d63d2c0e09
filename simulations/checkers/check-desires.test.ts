import test from 'ava'
import type { ProgramLife } from '../world/program-life.ts'
import { checkDesires } from './check-desires.ts'
import type { Evidence } from './evidence.ts'
import type { Said, Told } from './evidence.test.kit.ts'
import type { LinkEntry } from './link-history.ts'
import { ClusterModel } from './model/cluster-model.ts'
import { JournalStory, report } from './model/journal-story.test.kit.ts'
import { wishOf } from './model/wish.ts'

function lifeOf(name: string): ProgramLife {
  const machine = name.split('/')[0] ?? name
  return { name, machine, fromMs: 0, toMs: undefined, end: undefined, stands: [] }
}

const [CENTRAL, AGENT] = [lifeOf('central'), lifeOf('n1/agent')]
/** The group in record 1, `n1` in record 2, the next revision in record 3: a second each. */
const begun = () => new JournalStory('eventual', {}).begin().join('n1').change(1, 2)
const pause: Said = ['control', { group: 'web', action: 'pause' }]
const paused: Told = ['rollout.paused', { group: 'web', reason: 'paused by an admin' }]

/** A story with what crossed the link of `n1`. */
class Tale {
  readonly #given: Evidence
  readonly #links: LinkEntry[] = []
  readonly #by: ProgramLife

  constructor(story: JournalStory, by = CENTRAL) {
    this.#given = story.evidence()
    this.#by = by
  }

  #add(atMs: number, what: LinkEntry['what'], t: string, body: object = {}): this {
    const entry = { atMs, what, by: this.#by, other: AGENT, link: 1, t, body }
    this.#links.push(entry as unknown as LinkEntry)
    return this
  }

  welcome(atMs: number): this {
    return this.#add(atMs, 'sent', 'welcome', { node: 'n1', groups: ['web'] })
  }

  /** What was wanted after so many records. */
  desire(atMs: number, records: number, more: object = {}): this {
    const model = new ClusterModel(this.#given.blobs)
    for (const read of this.#given.records.slice(0, records)) model.fold(read)
    const desire = { group: 'web', ...wishOf(model, 'web', 'n1', null), ...more }
    return this.#add(atMs, 'sent', 'desire', { desire })
  }

  recorded(atMs: number): this {
    this.#add(atMs - 1, 'got', 'report', { seq: 7, groups: [{ group: 'web' }] })
    return this.#add(atMs, 'sent', 'recorded', { seq: 7 })
  }

  end(atMs: number): this {
    return this.#add(atMs, 'end', '')
  }

  judged(given: Partial<Evidence> = {}): string[] {
    const records = this.#given.records.map(read => ({
      ...read,
      drafted: { life: CENTRAL, monotonicMs: 0, lifeMonotonicMs: 0 },
    }))
    const evidence = { ...this.#given, records, links: this.#links, endMs: 60_000, ...given }
    return checkDesires(evidence).map(({ what }) => what)
  }
}

const welcomed = () => new Tale(begun()).welcome(2_100).desire(2_101, 2)

test('what a record makes of it is told at once', t => {
  t.deepEqual(welcomed().desire(3_100, 3).judged(), [])
  t.regex(
    welcomed().judged().join(),
    /central told n1 "1:.*" of web, not "1:.* run 2:.*", on link 1, known since 3.000 s/,
  )
  t.is(welcomed().desire(9_000, 3).judged().length, 1)
  t.is(welcomed().desire(3_100, 3, { retry: 9 }).judged().length, 1)
  t.regex(new Tale(begun()).welcome(2_100).desire(3_100, 3).judged({ endMs: 60_000 }).join(), /^$/)
  t.regex(new Tale(begun()).welcome(3_100).judged().join(), /central told n1 nothing of web/)
})

test('whose link ends, who ends, stands still or does not lead owes nothing', t => {
  t.deepEqual(welcomed().end(3_900).judged(), [])
  t.deepEqual(new Tale(begun(), lifeOf('stale')).welcome(2_100).judged(), [])
  t.deepEqual(new Tale(begun(), lifeOf('other')).welcome(2_100).judged(), [])
  const ended = { ...CENTRAL, toMs: 3_900 }
  const records = begun()
    .evidence()
    .records.map(read => ({ ...read, drafted: { life: ended } }) as typeof read)
  t.deepEqual(new Tale(begun(), ended).welcome(2_100).desire(2_101, 2).judged({ records }), [])
})

test('central knows when its journal says so', t => {
  const late = (fromMs: number, toMs: number) => {
    const waits = { deadlines: [], overdue: [], troubles: [{ life: CENTRAL, fromMs, toMs }] }
    return welcomed().desire(6_000, 3).judged({ waits }).length
  }
  t.is(late(2_900, 5_900), 0)
  t.is(late(2_900, 4_000), 1)
  t.is(late(3_100, 5_900), 1, 'it knew by then')
})

test('what is held begins with nobody who has not said how far it is', t => {
  const held = () => begun().step([pause], paused)
  t.deepEqual(new Tale(held()).welcome(4_100).judged(), [])
  t.is(new Tale(held()).welcome(4_100).recorded(5_000).judged().length, 1)
  t.deepEqual(new Tale(held()).welcome(4_100).recorded(5_000).desire(5_001, 4).judged(), [])
  t.is(new Tale(begun()).welcome(3_100).judged().length, 1, 'what goes on waits for nobody')
  const staged = () => held().step([report('n1', 1, 2, 'staged')])
  t.deepEqual(new Tale(staged()).welcome(4_100).recorded(5_000).desire(5_001, 5).judged(), [])
})

test('who is not in the group any more is told to forget it, and once', t => {
  const removal: Told = ['audit', { action: 'node.remove', outcome: 'accepted' }]
  const left: Told[] = [
    removal,
    ['node.removed', { node: 'n1' }],
    ['subscription.left', { group: 'web', node: 'n1' }],
  ]
  const gone = () => new Tale(begun().step([['remove-node', { node: 'n1' }]], ...left))
  const told = () => gone().welcome(2_100).desire(2_101, 2).desire(3_001, 3)
  t.regex(told().judged().join(), /not "to be forgotten"/)
  t.deepEqual(told().desire(4_001, 4).judged(), [])
  t.deepEqual(gone().welcome(4_100).judged(), [], 'who never heard of it forgets nothing')
})
