import test from 'ava'
import type { Logger } from '../../runtime/ports/logger.ts'
import { silentLogger } from '../../runtime/ports/logger.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { HEARTBEAT_POLL_MS, HeartbeatSource } from './heartbeat-source.ts'

function watched(read: () => Uint8Array | undefined) {
  const clock = new VirtualClock()
  const told: number[] = []
  const complaints: string[] = []
  const logger: Logger = { ...silentLogger, error: (_fields, message) => void complaints.push(message) }
  const onRead = (heartbeat: Uint8Array): void => void told.push(heartbeat[0] ?? -1)
  return { clock, told, complaints, source: new HeartbeatSource({ clock, logger, read, onRead }) }
}

test('statistics are read at once and every five seconds, until it stops', t => {
  let n = 0
  const { clock, told, source } = watched(() => Uint8Array.of(++n))
  source.start()
  clock.advanceBy(HEARTBEAT_POLL_MS * 2)
  t.deepEqual(told, [1, 2, 3])
  t.deepEqual([...(source.latest ?? [])], [3])
  source.stop()
  clock.advanceBy(HEARTBEAT_POLL_MS * 2)
  t.is(told.length, 3)
})

test('statistics that are too long, or cannot be read, are said once and sent never', t => {
  const answers: (() => Uint8Array | undefined)[] = [
    () => new Uint8Array(193),
    () => {
      throw new Error('no /proc here')
    },
    () => undefined,
    () => Uint8Array.of(7),
  ]
  const { clock, told, complaints, source } = watched(() => answers.shift()?.())
  source.start()
  t.is(source.latest, undefined)
  clock.advanceBy(HEARTBEAT_POLL_MS * 3)
  t.deepEqual(told, [7])
  t.is(complaints.length, 1)
})
