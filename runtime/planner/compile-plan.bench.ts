import { performance } from 'node:perf_hooks'
import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { resolvePolicy } from '../../policies/resolve-policy.ts'
import type { Entries } from '../manifest/manifest-document.ts'
import { compilePlan } from './compile-plan.ts'
import type { Observed } from './observed.ts'

/** Compiles the largest bundle there may be (10,000 keys, close to 16 MiB) where every key changes. */
function largest(seed: string): Entries {
  const filler = seed.repeat(1_600)
  return Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`key-${n}`, `${filler}${n}`]))
}

const before = largest('a')
const after = largest('b')
const entries = new Map<Digest, Entries>([before, after].map(set => [digestOf(set), set]))
const pins = { '/big': { version: 1, digest: digestOf(before) } }
const vector = { sets: ['/big'], pins }
const strong = resolvePolicy({ name: 'strong', uses: 'strong', with: {} })
const observed: Observed = {
  heads: { '/big': { version: 2, digest: digestOf(after) } },
  groups: {
    web: {
      sets: ['/big'],
      policy: 'strong',
      committed: { revision: 1, digest: digestOf(before), ...vector },
      current: vector,
      lastRevision: 1,
    },
  },
  policies: strong === undefined ? {} : { strong },
}
const timesMs: number[] = []
for (let run = 0; run < 10; run++) {
  const startMs = performance.now()
  compilePlan({ documents: [], touched: ['/big'], relayered: [], removed: [] }, observed, digest =>
    entries.get(digest),
  )
  timesMs.push(performance.now() - startMs)
}
timesMs.sort((a, b) => a - b)
console.log(JSON.stringify({ bench: 'planner.compile-largest', medianMs: timesMs[5], worstMs: timesMs[9] }))
