import test from 'ava'
import * as fc from 'fast-check'
import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Pins } from '../../actors/vocabulary/revision.ts'
import { resolvePolicy } from '../../policies/resolve-policy.ts'
import type { ConfigSetDocument, Entries, GroupDocument } from '../manifest/manifest-document.ts'
import { compilePlan, GROUPS_PER_JOB_MAX } from './compile-plan.ts'
import { digestsNeeded } from './digests-needed.ts'
import type { Desired, Head, Observed, ObservedGroup } from './observed.ts'
import { effectKeyOf, encodePlan, planValue } from './plan.ts'

const PATHS = ['/a', '/b', '/c', '/d']
const ORIGIN = { file: 'test', line: 1 }
const strong = resolvePolicy({ name: 'strong', uses: 'strong', with: {} })
const POLICIES: Observed['policies'] = strong === undefined ? {} : { strong }

/** Entries that tell path and version apart, and overlap between paths. */
function entriesAt(path: string, version: number): Entries {
  return { shared: `${path}@${version}`, [`own-${path.slice(1)}`]: version }
}

const BY_DIGEST = new Map<Digest, Entries>()
for (const path of PATHS) {
  for (let version = 0; version <= 9; version++) {
    BY_DIGEST.set(digestOf(entriesAt(path, version)), entriesAt(path, version))
  }
}
const entriesOf = (digest: Digest): Entries | undefined => BY_DIGEST.get(digest)

function pinsAt(sets: readonly string[], versions: readonly number[]): Pins {
  return Object.fromEntries(
    sets.map((path, index) => {
      const version = versions[index] ?? 1
      return [path, { version, digest: digestOf(entriesAt(path, version)) }]
    }),
  )
}

function groupOf(sets: readonly string[], versions: readonly number[], committed: boolean): ObservedGroup {
  const vector = { sets, pins: pinsAt(sets, versions) }
  const before = { revision: 3, digest: digestOf('bundle') }
  return {
    sets,
    policy: 'strong',
    committed: committed ? { ...before, ...vector } : null,
    current: vector,
    lastRevision: 3,
  }
}

const setsArb = fc.shuffledSubarray(PATHS, { minLength: 1 })
const groupArb = fc
  .tuple(setsArb, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }), fc.boolean())
  .map(([sets, versions, committed]) => groupOf(sets, versions, committed))
const headsArb = fc
  .array(fc.integer({ min: 4, max: 6 }), { minLength: 4, maxLength: 4 })
  .map(versions =>
    Object.fromEntries(
      PATHS.map((path, index): [string, Head] => [path, headAt(path, versions[index] ?? 4)]),
    ),
  )
const observedArb: fc.Arbitrary<Observed> = fc.record({
  heads: headsArb,
  groups: fc.dictionary(fc.constantFrom('web', 'api', 'constructor'), groupArb, { noNullPrototype: true }),
  policies: fc.constant(POLICIES),
})
const documentsArb = fc
  .tuple(fc.subarray(PATHS), fc.integer({ min: 4, max: 9 }), fc.subarray(['web', 'new']), setsArb)
  .map(([paths, version, groups, sets]) => [
    ...paths.map((path): ConfigSetDocument => configSet(path, version)),
    ...groups.map((name): GroupDocument => ({
      kind: 'Group',
      name,
      sets,
      policy: 'strong',
      labels: {},
      origin: ORIGIN,
    })),
  ])

function headAt(path: string, version: number): Head {
  return { version, digest: digestOf(entriesAt(path, version)) }
}

function configSet(path: string, version: number): ConfigSetDocument {
  return { kind: 'ConfigSet', path, entries: entriesAt(path, version), labels: {}, origin: ORIGIN }
}

function reversed<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toReversed())
}

test('the same input in another order gives the same bytes', t => {
  fc.assert(
    fc.property(observedArb, documentsArb, fc.subarray(PATHS), (observed, documents, touched) => {
      const plan = compilePlan({ documents, touched, relayered: [], removed: [] }, observed, entriesOf).plan
      const shuffled = compilePlan(
        {
          documents: documents.toReversed(),
          touched: [...touched.toReversed(), ...touched],
          relayered: [],
          removed: [],
        },
        {
          heads: reversed(observed.heads),
          groups: reversed(observed.groups),
          policies: reversed(observed.policies),
        },
        entriesOf,
      ).plan
      t.deepEqual(encodePlan(shuffled), encodePlan(plan))
      t.deepEqual(decodeCanonical(encodePlan(plan)), planValue(plan))
    }),
  )
})

test('a dry run plans what the declared job plans', t => {
  fc.assert(
    fc.property(observedArb, documentsArb, (observed, documents) => {
      const dry = compilePlan(
        { documents, touched: [], relayered: [], removed: [] },
        observed,
        entriesOf,
      ).plan
      const heads: Record<string, Head> = { ...observed.heads }
      for (const { path, version, digest } of dry.heads) {
        heads[path] = digest === null ? { version, tombstone: true } : { version, digest }
      }
      // What the dispatcher leaves behind when it accepts the job: heads moved, groups respecified.
      const groups: Record<string, ObservedGroup> = { ...observed.groups }
      const relayered: string[] = []
      for (const document of documents) {
        if (document.kind !== 'Group') continue
        const before = Object.hasOwn(groups, document.name) ? groups[document.name] : undefined
        if (before?.sets.join() !== document.sets.join()) relayered.push(document.name)
        const made = { committed: null, current: { sets: [], pins: {} }, lastRevision: 0, policy: 'strong' }
        groups[document.name] = { ...made, ...before, sets: document.sets }
      }
      const touched = dry.heads.map(({ path }) => path)
      const declared = { documents: [], touched, relayered, removed: [] }
      const stored = new Map([...BY_DIGEST, ...documentEntries(documents)])
      const plan = compilePlan(declared, { ...observed, heads, groups }, digest => stored.get(digest)).plan
      t.is(plan.digest, dry.digest)
    }),
  )
})

function documentEntries(documents: Desired['documents']): [Digest, Entries][] {
  return documents.flatMap(document =>
    document.kind === 'ConfigSet'
      ? [[digestOf(document.entries), document.entries] as [Digest, Entries]]
      : [],
  )
}

test('a committed group moves only the pins that the job names, and holds the others', t => {
  fc.assert(
    fc.property(headsArb, groupArb, fc.subarray(PATHS), (heads, some, touched) => {
      const web = some.committed === null ? groupOf(some.sets, [1, 2, 3, 4], true) : some
      const observed = { heads, groups: { web }, policies: POLICIES }
      const { plan } = compilePlan(
        { documents: [], touched, relayered: [], removed: [] },
        observed,
        entriesOf,
      )
      const [planned] = plan.groups
      if (planned === undefined) return
      for (const path of planned.sets) {
        const expected = touched.includes(path) ? heads[path]?.version : web.current.pins[path]?.version
        t.is(planned.pins[path]?.version, expected)
        const behind = planned.pins[path]?.version !== heads[path]?.version
        t.is(
          planned.held.some(held => held.path === path),
          behind,
        )
      }
    }),
  )
})

test('steps, effect keys and needed digests belong to the plan', t => {
  fc.assert(
    fc.property(observedArb, documentsArb, (observed, documents) => {
      const desired = { documents, touched: [], relayered: [], removed: [] }
      const needed = new Set(digestsNeeded(desired, observed))
      const { plan, bundles } = compilePlan(desired, observed, digest =>
        needed.has(digest) ? entriesOf(digest) : undefined,
      )
      t.deepEqual(
        plan.steps.map(({ target }) => target),
        plan.groups.map(({ group }) => `group/${group}`),
      )
      for (const step of plan.steps) t.is(step.effectKey, effectKeyOf(plan.digest, step))
      t.is(new Set(plan.steps.map(({ effectKey }) => effectKey)).size, plan.steps.length)
      const stored = new Set(bundles.map(({ digest }) => digest))
      t.true(plan.groups.every(({ generation }) => stored.has(generation.digest)))
      t.is(stored.size, bundles.length)
    }),
  )
})

test('applying what a plan committed plans nothing more', t => {
  fc.assert(
    fc.property(observedArb, documentsArb, (observed, documents) => {
      const desired = { documents, touched: [], relayered: [], removed: [] }
      const { plan } = compilePlan(desired, observed, entriesOf)
      const heads: Record<string, Head> = { ...observed.heads }
      for (const { path, version, digest } of plan.heads)
        if (digest !== null) heads[path] = { version, digest }
      const groups: Record<string, ObservedGroup> = { ...observed.groups }
      for (const { group, generation, sets, pins } of plan.groups) {
        const { revision, digest } = generation
        const declared = documents.find(document => document.kind === 'Group' && document.name === group)
        const names = declared?.kind === 'Group' ? declared.sets : (observed.groups[group]?.sets ?? sets)
        const vector = { sets, pins }
        const committed = { revision, digest, ...vector }
        groups[group] = { sets: names, policy: 'strong', committed, current: vector, lastRevision: revision }
      }
      const again = compilePlan(desired, { ...observed, heads, groups }, entriesOf).plan
      t.deepEqual(again.groups, [])
      t.deepEqual(again.steps, [])
    }),
  )
})

test('a change concerns a bounded number of groups', t => {
  const groupsOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`g${at}`, groupOf(['/a'], [1], true)]))
  const head = { version: 2, digest: digestOf(entriesAt('/a', 2)) }
  const compile = (count: number) =>
    compilePlan(
      { documents: [], touched: ['/a'], relayered: [], removed: [] },
      { heads: { '/a': head }, policies: POLICIES, groups: groupsOf(count) },
      entriesOf,
    )
  t.is(compile(GROUPS_PER_JOB_MAX).plan.groups.length, GROUPS_PER_JOB_MAX)
  t.throws(() => compile(GROUPS_PER_JOB_MAX + 1), { code: 'KONOR_PLAN_TOO_WIDE' })
})
