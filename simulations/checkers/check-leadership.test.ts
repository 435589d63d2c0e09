import test from 'ava'
import type { ProgramLife } from '../world/program-life.ts'
import type { FaultSpan } from '../faults/fault.ts'
import { checkLeadership, LEADERLESS_MS_MAX } from './check-leadership.ts'
import type { Evidence, ReadRecord } from './evidence.ts'
import { evidenceOf, wireOf } from './evidence.test.kit.ts'
import type { SharedEvidence } from './shared-evidence.ts'

function lifeOf(name: string, given: Partial<ProgramLife> = {}): ProgramLife {
  return { name, machine: name, fromMs: 0, toMs: undefined, end: undefined, stands: [], ...given }
}

const [A, B] = [lifeOf('central'), lifeOf('central-2')]

/** Records `[epoch, writer, time]`. */
function logOf(...rows: readonly (readonly [number, ProgramLife, number])[]): ReadRecord[] {
  return rows.map(([epoch, life, atMs], index) => {
    const drafted = { life, monotonicMs: atMs, lifeMonotonicMs: 0 }
    const record = { seq: index + 1, timeline: 1, epoch }
    return { record, atMs, drafted, inputs: [], outputs: [] } as unknown as ReadRecord
  })
}

function judge(shared: Partial<SharedEvidence>, rest: Partial<Evidence> = {}): number[] {
  const none = { names: [A.name, B.name], claims: [], told: [], leading: [], replicas: [] }
  const evidence = evidenceOf({ programs: [A, B], ...rest, shared: { ...none, ...shared } })
  return checkLeadership(evidence).map(({ promise }) => promise)
}

const PARTITION = {
  fault: { id: 'f1', atMs: 0, kind: 'partition', machines: ['central'], stops: 'both', forMs: 1 },
} as unknown as FaultSpan

test('an epoch has one writer', t => {
  const spans = [{ ...PARTITION, fromMs: 0, toMs: undefined }]
  t.deepEqual(judge({}, { spans, records: logOf([1, A, 1], [1, A, 2], [2, B, 3]) }), [])
  t.deepEqual(judge({}, { spans, records: logOf([1, A, 1], [1, B, 2]) }), [8])
})

test('a claim comes after silence, at a sequence that the claimant was told of', t => {
  const claim = { life: B, epoch: 2, expectedSeq: 7, toldSeq: 7, atMs: 20_000, heardAtMs: 13_000 }
  t.deepEqual(judge({ claims: [claim] }), [])
  t.deepEqual(judge({ claims: [{ ...claim, heardAtMs: 16_000 }] }), [8])
  t.deepEqual(judge({ claims: [{ ...claim, toldSeq: 6 }] }), [8])
})

test('who was told of a later epoch desires nothing in its own any more', t => {
  const desire = (atMs: number, epoch: number) =>
    wireOf(atMs, 'sent', ['central', 'n1'], { t: 'desire', desire: { epoch } })
  const told = [{ life: A, epoch: 2, atMs: 5_000 }]
  t.deepEqual(judge({ told }, { wire: [desire(4_000, 1), desire(6_000, 2)] }), [])
  t.deepEqual(judge({ told }, { wire: [desire(6_000, 1)] }), [8])
})

test('who was told of a later epoch leads no more', t => {
  const told = [{ life: A, epoch: 2, atMs: 5_000 }]
  const leads = (atMs: number, epoch: number) => ({
    atMs,
    leaders: [{ name: 'central', epoch, heardAtMs: atMs }],
  })
  t.deepEqual(judge({ told, leading: [leads(4_000, 1), leads(6_000, 2)] }), [])
  t.deepEqual(judge({ told, leading: [leads(6_000, 1)] }), [8])
})

test('a leader that hears nothing of the log gives up', t => {
  const leads = (heardAtMs: number) => ({
    atMs: 60_000,
    leaders: [{ name: 'central', epoch: 1, heardAtMs }],
  })
  t.deepEqual(judge({ leading: [leads(55_000)] }), [])
  t.deepEqual(judge({ leading: [leads(40_000)] }), [5])
  const paused = lifeOf('central', { stands: [{ fromMs: 41_000, toMs: 59_000 }] })
  t.deepEqual(judge({ leading: [leads(40_000)] }, { programs: [paused, B] }), [])
})

test('a leader that is well keeps its place; one that stood still, ended or was cut off may lose it', t => {
  const records = logOf([1, A, 1_000], [2, B, 90_000])
  t.deepEqual(judge({}, { records }), [8])
  t.deepEqual(judge({}, { records, spans: [{ ...PARTITION, fromMs: 80_000, toMs: 81_000 }] }), [])
  const paused = lifeOf('central', { stands: [{ fromMs: 80_000, toMs: 89_000 }] })
  t.deepEqual(judge({}, { records: logOf([1, paused, 1_000], [2, B, 90_000]) }), [])
  const dead = lifeOf('central', { toMs: 85_000, end: 'crash' })
  t.deepEqual(judge({}, { records: logOf([1, dead, 1_000], [2, B, 90_000]) }), [])
})

test('somebody leads in bounded time once nothing is wrong', t => {
  const nobody = (atMs: number) => ({ atMs, leaders: [] })
  const times = (untilMs: number) => Array.from({ length: untilMs / 1_000 }, (_, second) => second * 1_000)
  const bound = Math.ceil(LEADERLESS_MS_MAX / 1_000) * 1_000
  t.deepEqual(judge({ leading: times(bound).map(nobody) }), [])
  t.true(judge({ leading: times(bound + 2_000).map(nobody) }).includes(5))
  const spans = [{ ...PARTITION, fromMs: 1_000, toMs: 2_000 }]
  t.deepEqual(judge({ leading: times(bound + 2_000).map(nobody) }, { spans }), [])
})
