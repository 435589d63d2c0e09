import test from 'ava'
import type { GroupReport } from '../../actors/vocabulary/report.ts'
import type { ReportMessage } from '../../runtime/links/protocol.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import {
  REPORT_COALESCE_MS,
  REPORT_GROUPS_MAX,
  REPORT_RESEND_MS,
  REPORTS_IN_FLIGHT_MAX,
  Reporter,
} from './reporter.ts'

function reportOf(group: string, activation: number): GroupReport {
  return { group, active: 1, digest: null, activation, progress: null, fallback: null, processes: 0 }
}

function setUp(names: readonly string[]) {
  const clock = new VirtualClock()
  const activations = new Map(names.map(name => [name, 0]))
  const sent: ReportMessage[] = []
  const room = { left: Infinity }
  let seq = 0
  const reporter = new Reporter({
    groups: () => [...activations.keys()],
    report: group => reportOf(group, activations.get(group) ?? -1),
    traceparent: () => undefined,
    nextSeq: () => ++seq,
    send(message) {
      if (room.left <= 0) return false
      room.left--
      sent.push(message)
      return true
    },
    clock,
  })
  const change = (group: string): void => {
    activations.set(group, (activations.get(group) ?? 0) + 1)
    reporter.changed(group)
  }
  const said = (): string[] =>
    sent.splice(0).map(({ groups }) => groups.map(one => `${one.group}${one.activation}`).join(' '))
  return { clock, reporter, change, said, sent, room }
}

test('everything is said at link-up, in messages of bounded size, and nothing before', t => {
  const names = Array.from({ length: REPORT_GROUPS_MAX + 1 }, (_, index) => `g${index}`)
  const { clock, reporter, sent, change } = setUp(names)
  change('g0')
  clock.advanceBy(REPORT_COALESCE_MS)
  t.is(sent.length, 0)
  reporter.linkUp()
  t.deepEqual(
    sent.map(message => message.groups.length),
    [REPORT_GROUPS_MAX, 1],
  )
})

test('changes of one moment are one message with the latest of each', t => {
  const { clock, reporter, change, said, sent } = setUp(['a', 'b'])
  reporter.linkUp()
  reporter.recorded(sent[0]?.seq ?? 0)
  said()
  for (const group of ['a', 'b', 'a', 'a']) change(group)
  clock.advanceBy(REPORT_COALESCE_MS)
  t.deepEqual(said(), ['a3 b1'])
})

test('what is not recorded is said again, newest, under a higher sequence, until it is', t => {
  const { clock, reporter, change, sent } = setUp(['a'])
  reporter.linkUp()
  const first = sent.splice(0)[0]
  clock.advanceBy(REPORT_RESEND_MS)
  const second = sent.splice(0)[0]
  t.true((second?.seq ?? 0) > (first?.seq ?? 0))
  t.false(reporter.isQuiet)
  reporter.recorded(second?.seq ?? 0)
  t.true(reporter.isQuiet)
  clock.advanceBy(REPORT_RESEND_MS * 3)
  t.is(sent.length, 0)
  t.is(clock.pending, 0)
  change('a')
  reporter.linkDown()
  clock.advanceBy(REPORT_COALESCE_MS)
  t.is(sent.length, 0)
  reporter.linkUp()
  t.is(sent[0]?.groups[0]?.activation, 1)
})

test('a group whose last message is not recorded waits, and what it says then is its newest', t => {
  const { clock, reporter, change, said, sent } = setUp(['a', 'b'])
  reporter.linkUp()
  const first = sent[0]?.seq ?? 0
  said()
  for (const _ of [1, 2, 3]) {
    change('a')
    clock.advanceBy(REPORT_COALESCE_MS)
  }
  t.deepEqual(said(), [])
  reporter.recorded(first)
  t.deepEqual(said(), ['a3'])
  change('b')
  clock.advanceBy(REPORT_COALESCE_MS)
  t.deepEqual(said(), ['b1'], 'another group is not held up')
})

test('messages in flight are bounded; a recorded one makes room', t => {
  const count = REPORT_GROUPS_MAX * (REPORTS_IN_FLIGHT_MAX + 1)
  const { reporter, sent } = setUp(Array.from({ length: count }, (_, index) => `g${index}`))
  reporter.linkUp()
  t.is(sent.length, REPORTS_IN_FLIGHT_MAX)
  reporter.recorded(sent[0]?.seq ?? 0)
  t.is(sent.length, REPORTS_IN_FLIGHT_MAX + 1)
})

test('a full link refuses a message: it is said when there is room', t => {
  const { reporter, room, said } = setUp(['a'])
  room.left = 0
  reporter.linkUp()
  t.deepEqual(said(), [])
  room.left = 1
  reporter.flush()
  t.deepEqual(said(), ['a0'])
})
