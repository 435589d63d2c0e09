import type { ServerResponse } from 'node:http'
import type { Clock } from '../../ports/clock.ts'
import type { Rehearsals } from '../../rehearsals/rehearsals.ts'
import { EVENT_HEARTBEAT_MS, EVENT_STALL_MS_MAX } from '../api-limits.ts'

/** A reader hears of progress at most so often, however fast seeds are played. */
export const REHEARSAL_PROGRESS_MS = 250

interface Stream {
  readonly raw: ServerResponse
  readonly rehearsals: Rehearsals
  readonly id: string
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * Writes where a rehearsal stands until it has ended or the reader leaves. Level-triggered: a slow reader
 * misses steps in between, never the end; one that takes nothing for too long is let go.
 */
export async function streamRehearsal({ raw, rehearsals, id, signal, clock }: Stream): Promise<void> {
  let moved: () => void = () => {}
  let stirred: () => void = () => {}
  const stopWatching = rehearsals.watch(id, () => moved())
  const stir = (): void => stirred()
  signal.addEventListener('abort', stir)
  raw.on('drain', stir)
  const pause = (ms: number, wakesWhenMoved: boolean): Promise<void> =>
    new Promise(resolve => {
      const cancel = clock.startTimer(ms, resolve)
      stirred = () => {
        cancel()
        resolve()
      }
      moved = wakesWhenMoved ? stirred : () => {}
    })
  try {
    for (let told = -1; !signal.aborted;) {
      const view = rehearsals.get(id)
      if (raw.writableNeedDrain) {
        await pause(EVENT_STALL_MS_MAX, false)
        if (raw.writableNeedDrain && !signal.aborted) return void raw.destroy()
      } else if (view.state !== 'running') {
        raw.write(frame('ended', view))
        return
      } else {
        raw.write(view.runs === told ? ': heartbeat\n\n' : frame('progress', view))
        told = view.runs
        await pause(REHEARSAL_PROGRESS_MS, false)
        const now = rehearsals.get(id)
        const isNews = now.runs !== told || now.state !== 'running'
        if (!isNews && !signal.aborted) await pause(EVENT_HEARTBEAT_MS, true)
      }
    }
  } finally {
    stopWatching()
    signal.removeEventListener('abort', stir)
    raw.end()
  }
}

function frame(event: string, view: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(view)}\n\n`
}
