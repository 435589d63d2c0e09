import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { CliIo } from '../cli-io.ts'
import { sleep } from '../follow-job.ts'
import type { Client } from './client.ts'
import { readEventStream, type StreamedEvent } from './read-event-stream.ts'
import { RemoteError } from './remote-error.ts'

interface Following {
  readonly group: string | undefined
  readonly since: string | undefined
  readonly signal: AbortSignal
  readonly io: CliIo
}

const RECONNECT_MS_MAX = 5_000

/** Public events, connecting again after the last one seen whenever the stream breaks, until the signal. */
export async function* followEvents(client: Client, following: Following): AsyncGenerator<StreamedEvent> {
  const { group, since, signal, io } = following
  let position = since
  let delayMs = 200
  let hasConnected = false
  while (!signal.aborted) {
    try {
      const response = await client.stream('/api/v1/events', { group }, position, signal)
      hasConnected = true
      delayMs = 200
      const body = response.body
      if (body !== null) yield* readEventStream(body, id => (position = id))
    } catch (error) {
      if (signal.aborted) return
      // A refusal does not pass by itself; nor does a central that was never there.
      if ((error instanceof RemoteError && !error.problem.retryable) || !hasConnected) throw error
      if (!isKonorError(error)) io.detail(`the stream broke: ${String(error)}`)
    }
    if (signal.aborted) return
    io.note('connection lost; connecting again …')
    await sleep(delayMs)
    delayMs = Math.min(delayMs * 2, RECONNECT_MS_MAX)
  }
}
