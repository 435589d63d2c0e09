import { Worker } from 'node:worker_threads'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { PlayOptions, Rehearser } from '../../rehearsals/rehearser.ts'
import type { RehearsalSpec } from '../../rehearsals/rehearsal-spec.ts'
import type { WorkerMessage } from './worker-messages.ts'

/** Memory of one thread, past which it ends: what ten thousand nodes need, twice over. */
export const WORKER_MEMORY_MB_MAX = 2_048

/** Plays rehearsals in at most so many threads, each with a cluster and a bound of memory of its own. */
export function createWorkerRehearser(threads: number): Rehearser {
  return {
    async play(spec, seeds, options) {
      const queue = [...seeds].toReversed()
      const stop = new AbortController()
      const signal = AbortSignal.any([stop.signal, options.signal])
      const count = Math.max(1, Math.min(threads, seeds.length))
      try {
        const all = Array.from({ length: count }, () => playInThread(spec, queue, { ...options, signal }))
        await Promise.all(all)
      } finally {
        stop.abort()
      }
    },
  }
}

/** One thread, until the queue is empty or the signal is given. */
async function playInThread(spec: RehearsalSpec, queue: number[], options: PlayOptions): Promise<void> {
  const { signal, onOutcome } = options
  if (signal.aborted) return
  const worker = new Worker(new URL('rehearsal-worker.js', import.meta.url), {
    workerData: spec,
    resourceLimits: { maxOldGenerationSizeMb: WORKER_MEMORY_MB_MAX },
    // Flags of the program are its own: some may not be set in a thread.
    execArgv: [],
  })
  let seed: number | undefined
  const ended = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    worker.on('error', cause => reject(lost(seed, cause)))
    worker.on('exit', () => reject(lost(seed, undefined)))
    worker.on('message', (message: WorkerMessage) => {
      if (signal.aborted) return
      if ('outcome' in message) onOutcome(message.outcome)
      seed = queue.pop()
      if (seed === undefined) resolve()
      // A thread has no origin.
      // eslint-disable-next-line unicorn/require-post-message-target-origin
      else worker.postMessage({ seed })
    })
  })
  try {
    await ended
  } finally {
    await worker.terminate()
  }
}

function lost(seed: number | undefined, cause: unknown): KonorError {
  const why = cause instanceof Error ? cause.message : 'its thread ended'
  const what = seed === undefined ? 'the cluster could not be built' : `seed ${seed} could not be played`
  const details = seed === undefined ? {} : { seed }
  return new KonorError('KONOR_REHEARSAL_WORKER', `${what}: ${why}`, { cause, details })
}
