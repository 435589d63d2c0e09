import type { LogMessage, LogService } from './log-service.ts'
import type { Waits } from './patience.ts'
import { unlessUnreachable, unreachable } from './service-error.ts'
import { damagedMessage } from './stream-message.ts'

/** Messages asked for at one time. */
export const READ_MESSAGES_MAX = 64
/** How often in a row, with pauses between, a hole must be shown before it is believed. */
const HOLE_SIGHTINGS = 5

/**
 * The message of that sequence; undefined when the replica that answers does not show it, or none answers.
 */
export async function readAt(service: LogService, seq: number): Promise<LogMessage | undefined> {
  const [message] = (await unlessUnreachable(service.read(seq, 1))) ?? []
  return message?.seq === seq ? message : undefined
}

/**
 * Messages from `fromSeq` on, of which the first is known to exist: asked for until a replica has it.
 * `KONOR_JOURNAL_CORRUPT` when replicas show later ones and not this one; `…_UNREACHABLE` when none shows
 * anything.
 */
export async function readKnownFrom(
  service: LogService,
  fromSeq: number,
  most: number,
  waits: Waits,
): Promise<readonly LogMessage[]> {
  const patience = waits.begin()
  let holes = 0
  do {
    const messages = (await unlessUnreachable(service.read(fromSeq, most))) ?? []
    const first = messages[0]?.seq
    if (first === fromSeq) return messages.slice(0, gaplessLength(messages))
    if (first !== undefined && ++holes >= HOLE_SIGHTINGS)
      throw damagedMessage(fromSeq, `it is gone, and message ${first} is there`)
  } while (await patience.pause())
  throw unreachable(`no replica of the log service shows message ${fromSeq}`)
}

/** How many of them follow one another without a hole. */
export function gaplessLength(messages: readonly LogMessage[]): number {
  const hole = messages.findIndex(({ seq }, index) => seq !== (messages[0]?.seq ?? 0) + index)
  return hole < 0 ? messages.length : hole
}
