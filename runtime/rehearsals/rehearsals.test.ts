import test from 'ava'
import { silentLogger } from '../ports/logger.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import type { RehearsalOutcome } from './rehearsal-outcome.ts'
import type { RehearsalTopology } from './rehearsal-spec.ts'
import { CENTRAL_SEEDS_MAX, REHEARSAL_WALL_MS_MAX, Rehearsals, REHEARSALS_KEPT_MAX } from './rehearsals.ts'
import type { Rehearser } from './rehearser.ts'
import { SCENE_NAMES_MAX } from './scene-of.ts'

const TOPOLOGY: RehearsalTopology = {
  policies: [],
  groups: [{ name: 'web', sets: ['/web'], policy: 'eventual' }],
  nodes: [{ name: 'n1', liveness: 'alive', groups: { web: 1 } }],
}

function committed(seed: number): RehearsalOutcome {
  const end = { end: 'committed', reason: null, because: null, commitMs: 5, endMs: 5 } as const
  return { seed, ...end, blastRadius: 0, rejected: null, faults: 0, story: [] }
}

/** A rehearser that plays seeds when the test says so. */
function handOperated() {
  let tell: (seed: number) => void = () => {}
  let finish: () => void = () => {}
  let fail: (error: Error) => void = () => {}
  const rehearser: Rehearser = {
    play: (_, _seeds, { signal, onOutcome }) =>
      new Promise((resolve, reject) => {
        tell = seed => onOutcome(committed(seed))
        finish = resolve
        fail = reject
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
  return {
    rehearser,
    tell: (seed: number) => tell(seed),
    finish: () => finish(),
    fail: (error: Error) => fail(error),
  }
}

function rehearsalsWith(rehearser: Rehearser, clock = new VirtualClock(), topology = TOPOLOGY) {
  let ids = 0
  const change = { policies: [], groups: [], paths: ['/web'] }
  return new Rehearsals({
    rehearser,
    sceneOf: async () => ({ topology, change, notes: ['web is rolling'] }),
    newId: () => `r${++ids}`,
    clock,
    logger: silentLogger,
    version: '0',
  })
}

/** Resolves when it has ended. */
async function ended(rehearsals: Rehearsals, id: string): Promise<void> {
  await new Promise<void>(resolve => {
    const look = (): void => {
      if (rehearsals.get(id).state !== 'running') resolve()
    }
    rehearsals.watch(id, look)
    look()
  })
}

test('a rehearsal is told as it is played, and has its report at the end', async t => {
  const hand = handOperated()
  const rehearsals = rehearsalsWith(hand.rehearser)
  const started = await rehearsals.start([], { seeds: 2, limits: { maxRollback: 0 } }, 'key/admin')
  t.like(started, { id: 'r1', state: 'running', wanted: 2, runs: 0, notes: ['web is rolling'] })
  let moves = 0
  rehearsals.watch('r1', () => moves++)
  hand.tell(1)
  t.like(rehearsals.get('r1'), { runs: 1, ends: { committed: 1 } })
  hand.tell(2)
  hand.finish()
  await ended(rehearsals, 'r1')
  t.like(rehearsals.get('r1'), { state: 'done', report: { runs: 2, exceeded: false } })
  t.is(moves, 3)
})

test('one at a time: another is refused until the first has ended or was cancelled', async t => {
  const hand = handOperated()
  const rehearsals = rehearsalsWith(hand.rehearser)
  const racing = await Promise.allSettled([1, 2].map(() => rehearsals.start([], {}, 'key/admin')))
  t.deepEqual(
    racing.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  await t.throwsAsync(rehearsals.start([], {}, 'key/admin'), { code: 'KONOR_REHEARSAL_BUSY' })
  hand.tell(1)
  t.like(await rehearsals.cancel('r1'), { state: 'cancelled', runs: 1, report: { runs: 1 } })
  t.is((await rehearsals.start([], {}, 'key/admin')).state, 'running')
  await rehearsals.close()
})

test('seeds, time and memory are bounded', async t => {
  const clock = new VirtualClock()
  const rehearsals = rehearsalsWith(handOperated().rehearser, clock)
  const seeds = CENTRAL_SEEDS_MAX + 1
  const large = rehearsals.start([], { seeds }, 'key/admin')
  await t.throwsAsync(large, { code: 'KONOR_REHEARSAL_TOO_LARGE' })
  for (let index = 0; index < REHEARSALS_KEPT_MAX + 2; index++) {
    const { id } = await rehearsals.start([], {}, 'key/admin')
    clock.advanceBy(REHEARSAL_WALL_MS_MAX)
    await ended(rehearsals, id)
    t.is(rehearsals.get(id).state, 'cancelled')
  }
  t.is(rehearsals.list().length, REHEARSALS_KEPT_MAX)
  t.throws(() => rehearsals.get('r1'), { code: 'KONOR_ENGINE_NOT_FOUND' })
})

test('a thread that dies ends its rehearsal with a reason, and the next one may begin', async t => {
  const hand = handOperated()
  const rehearsals = rehearsalsWith(hand.rehearser)
  await rehearsals.start([], {}, 'key/admin')
  hand.fail(new Error('out of memory'))
  await ended(rehearsals, 'r1')
  t.like(rehearsals.get('r1'), { state: 'failed', error: { message: 'out of memory' } })
  await t.notThrowsAsync(rehearsals.start([], {}, 'key/admin'))
  await rehearsals.close()
})

test('processes that are to reject where none is are refused; where some are, the others are noted', async t => {
  const nodes = [1, 0].map((processes, index) => {
    return { name: `n${index}`, liveness: 'alive' as const, groups: { web: processes } }
  })
  const [one, none] = [0, 1].map(from => ({ ...TOPOLOGY, nodes: nodes.slice(from) }))
  const hand = handOperated()
  const refused = rehearsalsWith(hand.rehearser, new VirtualClock(), none)
  for (const request of [{ rejectShare: 0.1 }, { slowP99Ms: 5_000 }])
    await t.throwsAsync(refused.start([], request, 'key/admin'), { code: 'KONOR_REHEARSAL_NO_PROCESS' })
  const { notes } = await refused.start([], {}, 'key/admin')
  t.deepEqual(notes.slice(1), ['no process reports in web: --reject and --slow cannot strike there'])
  const some = rehearsalsWith(hand.rehearser, new VirtualClock(), one)
  const started = await some.start([], { rejectShare: 0.1 }, 'key/admin')
  t.regex(started.notes[1] ?? '', /^no process reports on 1 of 2 nodes of web: --reject/)
  await refused.close()
  await some.close()
})

test('a report says what changes and who is away, with a bound on names', async t => {
  const hand = handOperated()
  const away = Array.from({ length: SCENE_NAMES_MAX + 5 }, (_, index) => {
    return { name: `lost${index}`, liveness: 'offline' as const, groups: { web: 1 } }
  })
  const nodes = [...TOPOLOGY.nodes, ...away]
  const still = { name: 'mail', sets: ['/mail'], policy: 'eventual' }
  const topology = { ...TOPOLOGY, groups: [...TOPOLOGY.groups, still], nodes }
  const rehearsals = rehearsalsWith(hand.rehearser, new VirtualClock(), topology)
  await rehearsals.start([], { seeds: 2 }, 'key/admin')
  hand.tell(1)
  const { report } = await rehearsals.cancel('r1')
  t.like(report, { runs: 1, wanted: 2, notes: ['web is rolling'] })
  t.deepEqual(report?.scene.groups, { names: ['web'], count: 1 })
  t.deepEqual(report?.scene.paths, { names: ['/web'], count: 1 })
  t.is(report?.scene.away.count, SCENE_NAMES_MAX + 5)
  t.is(report?.scene.away.names.length, SCENE_NAMES_MAX)
})
