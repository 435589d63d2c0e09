import { SeededRandom } from '../../ports/seeded-random.ts'
import { createImpatientClock } from './impatient-clock.test.kit.ts'
import type { LogDraft, LogMessage, PublishOutcome } from './log-service.ts'
import { type MemoryLog, MemoryLogService, type MemoryLogServiceOptions } from './memory-log-service.ts'
import { StreamJournal } from './stream-journal.ts'

type Publish = (draft: LogDraft) => Promise<PublishOutcome>

/** A log service that does what its test says, once for each thing that is said, and then what it should. */
export class TroubledLogService extends MemoryLogService {
  /** What becomes of the next publications. */
  readonly publications: ((publish: Publish, draft: LogDraft) => Promise<PublishOutcome>)[] = []
  /** How many of the newest messages and values the replicas that answer do not show, in the next reads. */
  readonly staleReads: number[] = []
  readonly staleGets: boolean[] = []
  readonly drafts: LogDraft[] = []

  constructor(options: MemoryLogServiceOptions = {}) {
    super(options)
  }

  override publish(draft: LogDraft): Promise<PublishOutcome> {
    this.drafts.push(draft)
    const trouble = this.publications.shift()
    const publish: Publish = one => super.publish(one)
    return trouble === undefined ? publish(draft) : trouble(publish, draft)
  }

  override async read(fromSeq: number, most: number): Promise<readonly LogMessage[]> {
    const shown = this.log.messages.length - (this.staleReads.shift() ?? 0)
    return (await super.read(fromSeq, most)).filter(({ seq }) => seq <= shown)
  }

  override async get(key: string) {
    return this.staleGets.shift() === true ? undefined : super.get(key)
  }
}

/** Stored, and nobody hears of it. */
export async function storeUnheard(publish: Publish, draft: LogDraft): Promise<PublishOutcome> {
  await publish(draft)
  return { kind: 'unknown' }
}

/** On its way for longer than anybody waits. */
export async function loseOnTheWay(): Promise<PublishOutcome> {
  return { kind: 'unknown' }
}

export function openStreamJournal(service: MemoryLogService, label = 'test'): StreamJournal {
  return new StreamJournal({ service, clock: createImpatientClock(), random: new SeededRandom(label) })
}

/** Cuts the end of a log, as servers do that acknowledge before they sync. */
export function cutLog(log: MemoryLog, lastSeq: number): void {
  for (const { messageId } of log.messages.splice(lastSeq)) log.seqById.delete(messageId)
}
