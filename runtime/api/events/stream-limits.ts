import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { EVENT_STREAMS_MAX, EVENT_STREAMS_PER_CALLER_MAX } from '../api-limits.ts'

/** Counts open event streams, of all callers and of each. */
export interface StreamLimits {
  /** Takes a place, or throws `KONOR_API_STREAMS_EXHAUSTED`. The answer gives it back; calling it twice is fine. */
  take(principal: string): () => void
  readonly open: number
}

export function createStreamLimits(
  totalMax = EVENT_STREAMS_MAX,
  perCallerMax = EVENT_STREAMS_PER_CALLER_MAX,
): StreamLimits {
  const byCaller = new Map<string, number>()
  let open = 0
  return {
    take(principal) {
      const own = byCaller.get(principal) ?? 0
      if (open >= totalMax || own >= perCallerMax) throw exhausted(open >= totalMax ? totalMax : perCallerMax)
      open++
      byCaller.set(principal, own + 1)
      let taken = true
      return () => {
        if (!taken) return
        taken = false
        open--
        const left = (byCaller.get(principal) ?? 1) - 1
        if (left > 0) byCaller.set(principal, left)
        else byCaller.delete(principal)
      }
    },
    get open() {
      return open
    },
  }
}

function exhausted(bound: number): KonorError {
  return new KonorError(
    'KONOR_API_STREAMS_EXHAUSTED',
    `${bound} event streams are open already; close some first`,
    {
      details: { bound },
    },
  )
}
