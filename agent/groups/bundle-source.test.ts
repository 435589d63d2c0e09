import test from 'ava'
import { digestOf, type Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { noFaults } from '../../runtime/ports/fault-points.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { AgentStore } from '../store/agent-store.ts'
import { createBundleSource } from './bundle-source.ts'

test('what an earlier life left is stored anew before it is had, and no further time; to serve it, it is only read', async t => {
  const bytes = encodeCanonical({ timeout: 5 })
  const digest = digestOf({ timeout: 5 })
  const generation = { revision: 3, digest, sizeBytes: bytes.length }
  const stored: Digest[] = []
  const generations = { get: async () => bytes, put: async (one: Digest) => void stored.push(one) }
  const source = createBundleSource({
    store: { generations } as unknown as AgentStore,
    fetchBundle: () => Promise.reject(new Error('nobody is asked')),
    faults: noFaults,
    logger: { warn: () => undefined, error: () => undefined } as unknown as Logger,
  })
  t.deepEqual(await source.obtain('web', generation, true), bytes)
  t.deepEqual(stored, [])
  t.deepEqual(await source.obtain('web', generation, false), bytes)
  t.deepEqual(await source.obtain('web', generation, false), bytes)
  t.deepEqual(stored, [digest])
})
