import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { ResetView } from '../../engine/control.ts'
import type { EventView } from '../../engine/views.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Metrics } from '../metrics/create-metrics.ts'
import { EVENT_HEARTBEAT_MS, EVENT_STALL_MS_MAX } from '../api-limits.ts'
import { concernsGroup, eventFrame, heartbeatFrame } from './event-frame.ts'

interface Stream {
  readonly raw: ServerResponse
  readonly events: AsyncIterable<EventView | ResetView>
  readonly signal: AbortSignal
  readonly group: string | undefined
  readonly clock: Clock
  readonly metrics: Metrics
}

/**
 * Writes events until the reader leaves, the server closes or the events end. While the reader's socket is full
 * nothing more is read from the source, whose own bound then ends a reader that stays too slow: it connects again
 * with the id it had, and nothing is lost.
 */
export async function streamEvents(stream: Stream): Promise<void> {
  const { raw, signal, group, metrics } = stream
  let passedId: string | undefined
  const stopHeartbeat = repeat(stream.clock, EVENT_HEARTBEAT_MS, () => {
    if (raw.writableNeedDrain) return
    raw.write(heartbeatFrame(passedId))
    passedId = undefined
  })
  try {
    for await (const event of stream.events) {
      if (signal.aborted) break
      if (group !== undefined && !('reset' in event) && !concernsGroup(event, group)) {
        passedId = event.id
        continue
      }
      passedId = undefined
      metrics.count('konor_events_sent_total', {})
      if (!raw.write(eventFrame(event))) await drained(stream)
    }
  } catch (error) {
    if (signal.aborted) return
    if (!isKonorError(error, 'KONOR_ENGINE_SLOW_CONSUMER')) throw error
    metrics.count('konor_events_slow_consumers_total', {})
  } finally {
    stopHeartbeat()
    raw.end()
  }
}

/** Waits until the reader has taken what was written; one that takes nothing for too long is let go. */
async function drained({ raw, signal, clock }: Stream): Promise<void> {
  const stopWaiting = clock.startTimer(EVENT_STALL_MS_MAX, () => raw.destroy())
  try {
    await once(raw, 'drain', { signal })
  } finally {
    stopWaiting()
  }
}

function repeat(clock: Clock, everyMs: number, act: () => void): () => void {
  let cancel = clock.startTimer(everyMs, tick)
  function tick(): void {
    act()
    cancel = clock.startTimer(everyMs, tick)
  }
  return () => cancel()
}
