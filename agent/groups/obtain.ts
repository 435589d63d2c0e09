import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { type Draft, change } from './draft.ts'
import type { ObtainFailure } from './group-input.ts'
import type { BundleProgress } from './group-state.ts'

/** Tries to fetch one generation over a working link before it is refused. */
export const OBTAIN_TRIES_MAX = 6
const RETRY_FIRST_MS = 500
const RETRY_LONGEST_MS = 15_000

/** Has the bundle ready, or under way: from the store, else from central. */
export function obtain(draft: Draft, generation: Generation): boolean {
  const bundle = draft.state.bundles.get(generation.digest)
  if (bundle?.at === 'ready') return true
  const due = bundle === undefined || (bundle.at === 'waiting' && bundle.retryAtMs <= draft.now.monotonicMs)
  if (due) begin(draft, generation, bundle?.failures ?? 0, false)
  return false
}

/** As `obtain`, but never from central: for what a restart or a fallback serves. */
export function obtainLocally(draft: Draft, generation: Generation): boolean {
  const bundle = draft.state.bundles.get(generation.digest)
  if (bundle?.at === 'ready') return true
  if (bundle?.at !== 'obtaining') begin(draft, generation, 0, true)
  return false
}

/** A bundle could not be had: what that means depends on what it was wanted for. */
export function obtainFailed(draft: Draft, digest: Digest, failure: ObtainFailure): void {
  const { state, now } = draft
  const bundles = new Map(state.bundles)
  const failures = (bundles.get(digest)?.failures ?? 0) + (failure.kind === 'offline' ? 0 : 1)
  const hopeless = failure.kind === 'wrong' || failures >= OBTAIN_TRIES_MAX
  const pauseMs = Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_LONGEST_MS)
  const retryAtMs = hopeless || failure.kind === 'offline' ? Infinity : now.monotonicMs + pauseMs
  const refusal = hopeless ? `cannot be fetched: ${failure.reason}` : null
  bundles.set(digest, { at: 'waiting', failures, retryAtMs, refusal })
  change(draft, { bundles })
  missLocally(draft, digest)
}

/** What cannot be read although it is served, or about to be, makes the node go further back. */
function missLocally(draft: Draft, digest: Digest): void {
  const { state } = draft
  const { active } = state.record
  const bundles = new Map(state.bundles)
  bundles.delete(digest)
  if (state.falling !== null) {
    const unreadable = new Set(state.falling.unreadable).add(digest)
    change(draft, { bundles, falling: { ...state.falling, unreadable } })
  } else if (active !== null && active.digest === digest) {
    const falling = { from: active.revision, reason: 'corrupt-generation', quarantine: null }
    change(draft, { bundles, falling: { ...falling, unreadable: new Set([digest]) } })
  }
}

function begin(draft: Draft, generation: Generation, failures: number, localOnly: boolean): void {
  const under: BundleProgress = { at: 'obtaining', failures, retryAtMs: Infinity, refusal: null }
  change(draft, { bundles: new Map(draft.state.bundles).set(generation.digest, under) })
  const { revision, digest, sizeBytes } = generation
  draft.actions.push({ do: 'obtain', generation: { revision, digest, sizeBytes }, localOnly })
}
