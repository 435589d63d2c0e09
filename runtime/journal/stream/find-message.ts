import type { LogService } from './log-service.ts'
import type { Waits } from './patience.ts'
import { readKnownFrom } from './read-messages.ts'
import { damagedMessage, decodeMessage, lastSeqOf } from './stream-message.ts'

/** The sequence of the message, up to `lastMessageSeq`, that holds record `seq`, which is known to exist. */
export async function findMessage(
  service: LogService,
  seq: number,
  lastMessageSeq: number,
  waits: Waits,
): Promise<number> {
  let [low, high] = [1, lastMessageSeq]
  while (low < high) {
    const middle = (low + high) >> 1
    const [raw] = await readKnownFrom(service, middle, 1, waits)
    if (raw === undefined) throw damagedMessage(middle, 'it is gone')
    if (lastSeqOf(decodeMessage(raw)) < seq) low = middle + 1
    else high = middle
  }
  return low
}
