import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { AgentStore } from '../store/agent-store.ts'
import type { ObtainFailure } from './group-input.ts'

/** Gives bundles: those that are stored, and others from central or a peer, stored before they are given. */
export interface BundleSource {
  obtain(group: string, generation: Generation, localOnly: boolean): Promise<Uint8Array | ObtainFailure>
  /** Removes stored bundles that nobody needs any more. */
  collect(isNeeded: (digest: Digest) => boolean): Promise<void>
}

export interface BundleSourceOptions {
  readonly store: AgentStore
  /** Fetches from elsewhere: waits until somebody has it, rejects with a coded error when central does not. */
  readonly fetchBundle: (group: string, generation: Generation) => Promise<Uint8Array>
  readonly faults: Faults
  readonly logger: Logger
}

export function createBundleSource(options: BundleSourceOptions): BundleSource {
  const { store, faults, logger } = options
  // Storing and collecting take turns: what is being stored must not be collected between two looks.
  let turn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  async function readStored(digest: Digest): Promise<Uint8Array | undefined> {
    try {
      return await store.generations.get(digest)
    } catch (error) {
      logger.error({ err: error, digest }, 'a stored generation cannot be read and is not used')
      // Damaged bytes never get better; removed, they are fetched anew.
      if (isKonorError(error, 'KONOR_AGENT_GENERATION_CORRUPT')) await store.generations.remove(digest)
      return undefined
    }
  }

  async function fetchAndStore(group: string, generation: Generation): Promise<Uint8Array> {
    const bytes = await options.fetchBundle(group, generation)
    verify(generation, bytes)
    faults.hit('agent.before-store')
    await inTurn(() => store.generations.put(generation.digest, bytes))
    faults.hit('agent.after-store')
    return bytes
  }

  return {
    async obtain(group, generation, localOnly) {
      try {
        const stored = await readStored(generation.digest)
        if (stored !== undefined) return stored
        if (localOnly) return { kind: 'offline', reason: 'not readable in the store' }
        return await fetchAndStore(group, generation)
      } catch (error) {
        const { digest, revision } = generation
        logger.warn({ err: error, digest, revision }, 'cannot get a generation')
        return failureOf(error)
      }
    },

    async collect(isNeeded) {
      try {
        const removed = await inTurn(() => store.collect(isNeeded))
        if (removed.length > 0) logger.debug({ removed }, 'collected generations')
      } catch (error) {
        // What could not be removed is tried again with the next collection; it takes only room.
        logger.warn({ err: error }, 'cannot collect generations')
      }
    },
  }
}

/** A bundle is the canonical map that its revision names, or it is nothing. */
function verify(generation: Generation, bytes: Uint8Array): void {
  const { digest, revision } = generation
  const isNamed = bytes.length === generation.sizeBytes && digestOfBytes(bytes) === digest
  const value = isNamed ? decodeCanonical(bytes) : undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array))
    return
  throw new KonorError(
    'KONOR_AGENT_BAD_BUNDLE',
    `what was fetched for revision ${revision} is not its bundle`,
    {
      details: { digest },
    },
  )
}

const WRONG = ['KONOR_AGENT_BAD_BUNDLE', 'KONOR_CBOR_MALFORMED', 'KONOR_LINK_BLOB_DAMAGED'] as const

function failureOf(error: unknown): ObtainFailure {
  const reason = isKonorError(error) ? error.code : String(error)
  return { kind: WRONG.some(code => isKonorError(error, code)) ? 'wrong' : 'passing', reason }
}
