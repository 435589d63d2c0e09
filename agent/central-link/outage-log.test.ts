import test from 'ava'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type Logger, silentLogger } from '../../runtime/ports/logger.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { FIRST_REMINDER_MS, OutageLog, REASONS_MAX, REMINDER_MAX_MS } from './outage-log.ts'

const refused = new KonorError('KONOR_LINK_UNREACHABLE', 'no connection')

interface Line {
  readonly level: 'info' | 'warn'
  readonly fields: object
  readonly message: string
}

function setUp() {
  const clock = new VirtualClock()
  const lines: Line[] = []
  const attempts: object[] = []
  const logger: Logger = {
    ...silentLogger,
    debug: fields => void attempts.push(fields),
    info: (fields, message) => void lines.push({ level: 'info', fields, message }),
    warn: (fields, message) => void lines.push({ level: 'warn', fields, message }),
  }
  return { clock, lines, attempts, log: new OutageLog(logger, clock) }
}

const attempt = (reason: Error | undefined, wasUp = false) => ({ reason, retryInMs: 5_000, wasUp })

test('a week without central is a handful of warnings, and every attempt a debug line', t => {
  const { clock, lines, attempts, log } = setUp()
  const weekMs = 7 * 86_400_000
  const everyMs = 30_000
  for (let atMs = 0; atMs < weekMs; atMs += everyMs) {
    log.down(attempt(refused))
    clock.advanceBy(everyMs)
  }
  t.is(attempts.length, weekMs / everyMs)
  const [first, ...reminders] = lines
  t.is(first?.message, 'cannot reach central: serves what it has, and goes on trying')
  t.deepEqual(first?.fields, { code: 'KONOR_LINK_UNREACHABLE', reason: 'no connection' })
  t.true(reminders.every(({ message }) => message === 'still without central'))
  t.like(reminders[0]?.fields, { awayMs: FIRST_REMINDER_MS, attempts: FIRST_REMINDER_MS / everyMs + 1 })
  t.true(reminders.length <= weekMs / REMINDER_MAX_MS + 6)
  t.true(reminders.length >= weekMs / REMINDER_MAX_MS - 1)
})

test('each new reason of an outage is told once, and no more of them than the bound', t => {
  const { lines, log } = setUp()
  log.down(attempt(undefined, true))
  for (let round = 0; round < 3; round += 1) {
    log.down(attempt(refused))
    log.down(attempt(new KonorError('KONOR_LINK_WRONG_PEER', 'another key'), true))
  }
  t.deepEqual(
    lines.map(({ fields }) => (fields as { code: string }).code),
    ['closed', 'KONOR_LINK_UNREACHABLE', 'KONOR_LINK_WRONG_PEER'],
  )
  for (let index = 0; index < 2 * REASONS_MAX; index += 1) {
    const strange = new Error('strange')
    strange.name = `Strange${index}`
    log.down(attempt(strange))
  }
  t.is(lines.length, REASONS_MAX)
})

test('a welcome ends the outage, says how long it was, and the next one is news again', t => {
  const { clock, lines, log } = setUp()
  log.welcomed('central:7601')
  log.down(attempt(undefined, true))
  clock.advanceBy(1_500)
  log.down(attempt(refused))
  clock.advanceBy(1_500)
  log.welcomed('central:7601')
  log.down(attempt(undefined, true))
  t.deepEqual(
    lines.map(({ level }) => level),
    ['info', 'warn', 'warn', 'info', 'warn'],
  )
  t.deepEqual(lines[0]?.fields, { central: 'central:7601' })
  t.deepEqual(lines[3]?.fields, { central: 'central:7601', awayMs: 3_000, attempts: 2 })
})
