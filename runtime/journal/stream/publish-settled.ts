import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { LogDraft, LogService } from './log-service.ts'
import { damagedMessage } from './stream-message.ts'
import type { Waits } from './patience.ts'
import { readAt } from './read-messages.ts'
import { full, unreachable } from './service-error.ts'

/** Where a message came to stand, or what took its place: then it is nowhere, and will be nowhere. */
export type Settled = { readonly kind: 'stored'; readonly seq: number } | { readonly kind: 'moved' }

/**
 * Publishes until it is known what became of it: always the same bytes under the same message id and the same
 * expectation, so that no number of tries stores it twice, and a first try that is still on its way finds its
 * place taken. A refusal is held against the message that stands in that place: it may be this one, since a
 * server without replicas looks at the expectation before it looks for duplicates.
 *
 * `KONOR_JOURNAL_AMBIGUOUS`: unknown still when the time has run out; nothing else may be published before
 * this is settled. `KONOR_JOURNAL_FULL`, `…_UNREACHABLE`: nothing was stored. `…_CORRUPT`: the log says
 * throughout that it has less than it acknowledged.
 */
export async function publishSettled(service: LogService, draft: LogDraft, waits: Waits): Promise<Settled> {
  const patience = waits.begin()
  const tries = { unanswered: 0, behind: 0, lastSeq: 0 }
  do {
    const outcome = await service.publish(draft)
    switch (outcome.kind) {
      case 'stored':
        if (outcome.seq === draft.expectedSeq + 1) return outcome
        throw damagedMessage(outcome.seq, `it is acknowledged where ${draft.expectedSeq + 1} is next`)
      case 'wrong-last': {
        const { lastSeq } = outcome
        if (lastSeq > draft.expectedSeq) {
          const settled = await settleRefused(service, draft)
          if (settled !== undefined) return settled
        }
        // An outdated leader says so for a while; one that leads says so for good when the log has lost its
        // end.
        if (lastSeq < draft.expectedSeq) Object.assign(tries, { behind: tries.behind + 1, lastSeq })
        else tries.behind = 0
        break
      }
      case 'unknown':
        tries.unanswered++
        break
      case 'full':
        if (tries.unanswered === 0) throw full()
        break
      case 'in-flight':
      case 'nobody':
        break
    }
  } while (await patience.pause())
  throw outOfPatience(draft, tries)
}

/**
 * The log has gone on: whose message stands where this one was to stand? Undefined while no replica shows it:
 * the leader counts what it has not committed yet, and may never.
 */
async function settleRefused(service: LogService, draft: LogDraft): Promise<Settled | undefined> {
  const seq = draft.expectedSeq + 1
  const there = await readAt(service, seq)
  if (there === undefined) return undefined
  return there.messageId === draft.messageId ? { kind: 'stored', seq } : { kind: 'moved' }
}

function outOfPatience(
  { expectedSeq }: LogDraft,
  { unanswered, behind, lastSeq }: { unanswered: number; behind: number; lastSeq: number },
): KonorError {
  if (unanswered > 0)
    return new KonorError('KONOR_JOURNAL_AMBIGUOUS', 'the log service does not say what became of an append')
  if (behind > 0)
    return new KonorError(
      'KONOR_JOURNAL_CORRUPT',
      `the log has lost its end: it is at message ${lastSeq}, and has acknowledged ${expectedSeq}`,
      { details: { message: expectedSeq } },
    )
  return unreachable('the log service takes nothing now; nothing was written')
}
