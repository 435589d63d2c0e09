import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { RehearsalReport } from '../../rehearsals/rehearsal-report.ts'
import type { RehearsalView } from '../../rehearsals/rehearsal-view.ts'
import { type Client, jsonBody } from '../client/client.ts'
import { readEventStream } from '../client/read-event-stream.ts'
import { readManifests } from '../manifest-files.ts'
import type { RehearseWish } from './rehearse-flags.ts'

export interface CentralOptions {
  readonly timeoutMs: number
  /** Ends it early: the report is then of the seeds that were played so far. */
  readonly signal: AbortSignal
  onProgress(view: RehearsalView): void
}

/**
 * Plays the manifests on the shape of the central's own cluster, there, and follows. One that can be
 * followed no longer is cancelled.
 */
export async function rehearseAtCentral(
  client: Client,
  files: readonly string[],
  wish: RehearseWish,
  { timeoutMs, signal, onProgress }: CentralOptions,
): Promise<RehearsalReport> {
  const { seeds, faults, rejectShare, slowP99Ms, limits } = wish
  const [seed = 1] = seeds
  const manifests = await readManifests(files)
  const wanted = { manifests, seeds: seeds.length, seed, faults, rejectShare, slowP99Ms, limits }
  const started = await client.write<RehearsalView>('POST', '/api/v1/rehearsals', { body: jsonBody(wanted) })
  const path = `/api/v1/rehearsals/${started.id}`
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return reportOf(await follow(client, path, AbortSignal.any([timeout, signal]), onProgress))
  } catch (error) {
    // One that nobody waits for would keep the next one out.
    const cancelling = client.write<RehearsalView>('DELETE', path)
    if (signal.aborted) {
      const { report } = await cancelling
      if (report !== undefined) return report
    }
    await cancelling.catch(() => undefined)
    if (!timeout.aborted) throw error
    throw new KonorError('KONOR_CLI_TIMED_OUT', `the rehearsal ${started.id} took too long`, { cause: error })
  }
}

async function follow(
  client: Client,
  path: string,
  signal: AbortSignal,
  onProgress: (view: RehearsalView) => void,
): Promise<RehearsalView> {
  const { body } = await client.stream(`${path}/events`, {}, undefined, signal)
  if (body !== null)
    for await (const { event, data } of readEventStream(body, () => {})) {
      const view = JSON.parse(data) as RehearsalView
      if (event === 'ended') return view
      onProgress(view)
    }
  throw new KonorError('KONOR_CLI_UNREACHABLE', 'the central ended the stream before the rehearsal had ended')
}

function reportOf({ report, error, state, runs, wanted }: RehearsalView): RehearsalReport {
  if (report !== undefined && state === 'done') return report
  const what = error?.message ?? `it was ${state} after ${runs} of ${wanted} runs`
  throw new KonorError('KONOR_REHEARSAL_WORKER', `no whole rehearsal: ${what}`)
}
