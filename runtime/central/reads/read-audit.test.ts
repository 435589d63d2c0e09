import test from 'ava'
import * as fc from 'fast-check'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { emit } from '../../../actors/vocabulary/instruction.ts'
import { MemoryDisk, MemoryJournal } from '../../journal/memory-journal.ts'
import type { AuditView } from '../../engine/views.ts'
import type { AuditFilter } from '../../engine/control.ts'
import { TestLeader } from './leader.test.kit.ts'
import { readAudit } from './read-audit.ts'
import { SCAN_RECORDS_MAX, SCAN_WINDOW_RECORDS } from './scan-outputs.ts'

const sourcesOf = (leader: TestLeader) => ({ leader, journal: leader.journal })

/** Every page until the last. */
async function all(leader: TestLeader, limit: number, filter: AuditFilter = {}): Promise<AuditView[]> {
  const entries: AuditView[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof readAudit>> = await readAudit(
      sourcesOf(leader),
      cursor === null ? { limit } : { limit, cursor },
      filter,
    )
    refuseLonger(page.items.length, limit)
    entries.push(...page.items)
    cursor = page.next
  } while (cursor !== null)
  return entries
}

function refuseLonger(found: number, limit: number): void {
  if (found > limit) throw new Error(`${found} entries on a page of ${limit}`)
}

function act(leader: TestLeader, action: string, resource: string, by = 'key/admin') {
  return leader.do({
    by,
    instructions: [emit('happened', {})],
    audit: { action, resource, detail: { n: 1 } },
  })
}

test('an entry tells who did what to what, when, and how it ended', async t => {
  const leader = new TestLeader()
  await leader.do({
    trace: 'abc',
    by: 'key/ci',
    audit: { action: 'apply', resource: 'group/g', detail: { job: 'j' } },
  })
  leader.clock.advanceBy(1_000)
  await t.throwsAsync(
    leader.do({
      refuse: { code: 'KONOR_ENGINE_VERSION_MOVED', message: 'moved' },
      audit: { action: 'apply', resource: 'group/g', detail: {} },
    }),
  )
  const { items, next } = await readAudit(sourcesOf(leader), { limit: 10 }, {})
  t.is(next, null)
  t.deepEqual(items, [
    {
      id: '1-2.0',
      at: '2025-01-01T00:00:01.000Z',
      actor: 'key/admin',
      action: 'apply',
      resource: 'group/g',
      outcome: 'refused',
      code: 'KONOR_ENGINE_VERSION_MOVED',
      detail: {},
    },
    {
      id: '1-1.0',
      at: '2025-01-01T00:00:00.000Z',
      actor: 'key/ci',
      action: 'apply',
      resource: 'group/g',
      outcome: 'accepted',
      detail: { job: 'j' },
      traceId: 'abc',
    },
  ])
})

test('pages hold every matching entry once, newest first, whatever their size', async t => {
  const entry = fc.record({
    action: fc.constantFrom('apply', 'rollback'),
    resource: fc.constantFrom('group/a', 'group/ab', 'node/n'),
    by: fc.constantFrom('key/admin', 'key/ci'),
    audited: fc.boolean(),
  })
  const filters = fc.record(
    {
      actor: fc.constantFrom('key/admin', 'key/ci'),
      action: fc.constantFrom('apply', 'rollback'),
      resource: fc.constantFrom('group/a', 'group/', 'node/n'),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 20 }),
      filters,
      fc.integer({ min: 1, max: 7 }),
      async (done, filter, limit) => {
        const leader = new TestLeader()
        const expected: string[] = []
        for (const [index, { action, resource, by, audited }] of done.entries()) {
          await (audited
            ? act(leader, action, resource, by)
            : leader.do({ instructions: [emit('happened', {})] }))
          const isWanted =
            audited &&
            (filter.actor ?? by) === by &&
            (filter.action ?? action) === action &&
            resource.startsWith(filter.resource ?? '')
          if (isWanted) expected.unshift(`1-${index + 1}.0`)
        }
        t.deepEqual(
          (await all(leader, limit, filter)).map(({ id }) => id),
          expected,
        )
      },
    ),
    { numRuns: 60 },
  )
})

test('times bound what is shown, both included', async t => {
  const leader = new TestLeader()
  for (let index = 0; index < 5; index++) {
    await act(leader, 'apply', `group/g${index}`)
    leader.clock.advanceBy(60_000)
  }
  const entries = await all(leader, 10, { from: '2025-01-01T00:01:00Z', to: '2025-01-01T00:03:00Z' })
  t.deepEqual(
    entries.map(({ resource }) => resource),
    ['group/g3', 'group/g2', 'group/g1'],
  )
  const thrown = await t.throwsAsync(readAudit(sourcesOf(leader), { limit: 1 }, { from: 'yesterday' }))
  t.true(isKonorError(thrown, 'KONOR_ENGINE_INVALID'))
})

test('one call looks at a bounded part of a long history and says where to go on', async t => {
  const leader = new TestLeader()
  await act(leader, 'first', 'group/g')
  const quiet = SCAN_RECORDS_MAX + SCAN_WINDOW_RECORDS
  for (let index = 0; index < quiet; index++) await leader.do({})
  let read = 0
  const journal = {
    async *read(from: number, to?: number) {
      for await (const record of leader.journal.read(from, to)) {
        read++
        yield record
      }
    },
  }
  const page = await readAudit({ leader, journal }, { limit: 5 }, {})
  t.deepEqual(page.items, [])
  t.is(page.next, `1-${quiet + 2 - SCAN_RECORDS_MAX}.0`)
  t.is(read, SCAN_RECORDS_MAX)
  const next = await readAudit({ leader, journal }, { limit: 5, cursor: page.next ?? '' }, {})
  t.deepEqual(
    next.items.map(({ action }) => action),
    ['first'],
  )
  t.is(next.next, null)
})

test('what was compacted away ends the list', async t => {
  const disk = new MemoryDisk()
  const leader = new TestLeader(disk)
  for (let index = 1; index <= 6; index++) await act(leader, 'apply', `group/g${index}`)
  const compacted = new (class extends MemoryJournal {
    override async *read(from: number, to?: number) {
      const details = { anchorSeq: 3 }
      if (from <= 3) throw new KonorError('KONOR_JOURNAL_COMPACTED', 'it begins later', { details })
      yield* super.read(from, to)
    }
  })({ disk })
  const sources = { leader, journal: compacted }
  const page = await readAudit(sources, { limit: 2 }, {})
  t.is(page.items.length, 2)
  const rest = await readAudit(sources, { limit: 5, cursor: page.next ?? '' }, {})
  t.deepEqual(
    rest.items.map(({ resource }) => resource),
    ['group/g4'],
  )
  t.is(rest.next, null)
})

test('an empty journal has no entries', async t => {
  t.deepEqual(await readAudit(sourcesOf(new TestLeader()), { limit: 5 }, {}), { items: [], next: null })
})
