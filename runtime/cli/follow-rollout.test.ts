import test from 'ava'
import type { GroupView } from '../engine/views.ts'
import type { CliIo } from './cli-io.ts'
import { followRollout } from './follow-rollout.ts'

const steady: GroupView = {
  name: 'payments',
  sets: ['/teams/payments'],
  policy: 'eventual',
  labels: {},
  state: 'steady',
  committed: null,
  held: [],
  counts: { nodes: 4, live: 4, applied: 4 },
}

function setUp(...answers: readonly GroupView[]) {
  const notes: string[] = []
  const io: CliIo = {
    out() {},
    outWhenRead: () => Promise.resolve(),
    note: text => void notes.push(text),
    detail() {},
    progress() {},
    watched: false,
    paint: (_style, text) => text,
  }
  let asked = 0
  const client = { get: async <Answer>() => answers[Math.min(asked++, answers.length - 1)] as Answer }
  const follow = (followTimeoutMs: number) =>
    followRollout({ io, followTimeoutMs, print: () => Promise.resolve() }, client, 'payments', true)
  return { notes, follow }
}

test('a paused rollout says once how it goes on, and a limit of time says so again', async t => {
  const paused: GroupView = { ...steady, state: 'paused', reason: 'paused by an admin' }
  const resumed = setUp(paused, paused, steady)
  await resumed.follow(60_000)
  t.deepEqual(resumed.notes, [
    'payments paused 4/4 applied (paused by an admin); go on with: konor rollout resume payments, or abort',
  ])
  const late = setUp(paused)
  await t.throwsAsync(late.follow(-1), {
    code: 'KONOR_CLI_TIMED_OUT',
    message: /still paused; go on with: konor rollout resume payments/,
  })
})

test('what is held is told beside a group that looks steady', async t => {
  const { notes, follow } = setUp({
    ...steady,
    held: [
      { path: '/teams/payments', pinned: 2, head: 3 },
      { path: '/teams/new', pinned: null, head: 1 },
    ],
  })
  await follow(60_000)
  t.deepEqual(notes, [
    'held: /teams/payments stays at version 2, its head is 3, until somebody changes or retries it',
    'held: /teams/new stays out, its head is 1, until somebody changes or retries it',
  ])
})
