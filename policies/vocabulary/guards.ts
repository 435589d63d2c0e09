import { held } from '../../actors/vocabulary/counts.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { PolicyContext } from './context.ts'
import { appliedOf, denominatorOf, neededOf } from './quorum.ts'

/** The guards a policy may name, version 1. All decide on the latest counters and the options alone. */
export const policyGuards = {
  /** Every subscribed node, offline ones too, holds the candidate and nobody rejected it. */
  'every-node-staged': ({ counts }: PolicyContext) => held(counts) - counts.rejected === counts.nodes,
  /** At least one node rejected the candidate. */
  'any-rejected': ({ counts }: PolicyContext) => counts.rejected > 0,
  /** Every node that is not offline has applied it. */
  'every-live-node-applied': ({ counts }: PolicyContext) =>
    appliedOf(counts) >= counts.nodes - counts.offline,
  /** Every node that is not offline has applied or rejected it. */
  'every-live-node-answered': ({ counts }: PolicyContext) =>
    appliedOf(counts) + counts.rejected - counts.rejectedOffline >= counts.nodes - counts.offline,
  /** The quorum of options `quorum` and `floor` has applied it. */
  'quorum-applied': ({ counts, options }: PolicyContext) =>
    appliedOf(counts) >= neededOf(counts, options['quorum'] ?? 'majority', options['floor'] ?? 'third'),
  /** So many rejected it that the quorum cannot be reached any more. */
  'quorum-out-of-reach': ({ counts, options }: PolicyContext) =>
    counts.rejected > 0 &&
    denominatorOf(counts) - counts.rejected <
      neededOf(counts, options['quorum'] ?? 'majority', options['floor'] ?? 'third'),
  /** Option `name` has the value `is`. */
  'option-is': (
    { options }: PolicyContext,
    _: unknown,
    { name, is }: { readonly name: string; readonly is: CborValue },
  ) => options[name] === is,
} as const
