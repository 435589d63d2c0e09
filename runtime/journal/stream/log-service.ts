/**
 * What a shared journal needs of a log service, with the weak promises that a replicated one really gives
 * (shaped after NATS JetStream; `docs/adr/0011-shared-journal-on-a-log-service.md` maps each member). Three
 * things on one service:
 *
 * - **The log**: messages with gapless sequences from 1. What is stored stays and keeps its place. `publish`
 *   names the sequence that must be last, and the service refuses it otherwise: that refusal is the only
 *   decision that holds. Nothing is learnt for certain by reading: any replica may answer, also one that
 *   lags.
 * - **Values** by key, for what is too large for a message and for caches. They are read from any replica,
 *   too.
 * - **Words** to whoever listens now. They are kept nowhere and may be lost, doubled or late.
 *
 * An adapter makes one try: it repeats nothing by itself. What it cannot read it answers by throwing
 * `KONOR_JOURNAL_UNREACHABLE`; what became of something that it wrote is an outcome, never a throw.
 */
export interface LogService {
  /** The largest message or value in bytes. */
  readonly payloadBytesMax: number
  publish(draft: LogDraft): Promise<PublishOutcome>
  /**
   * Messages from `fromSeq` on, in order, at most `most` of them. Fewer, or none, when the replica that
   * answers has no more. The first one has a higher sequence only where the log has lost what was there.
   */
  read(fromSeq: number, most: number): Promise<readonly LogMessage[]>
  /** The last message that the replica which answers has; undefined when it has none. */
  last(): Promise<LogMessage | undefined>
  /**
   * Hands over messages from `fromSeq` on until the returned function is called. Some may come twice, or
   * again after later ones; some may be left out; and it may fall silent without a word.
   */
  consume(fromSeq: number, onMessage: (message: LogMessage) => void): () => void
  /** Stores a value. With `expectedRevision` only when that is its newest; 0: when there is none. */
  put(key: string, bytes: Uint8Array, expectedRevision?: number): Promise<PutOutcome>
  /** `any` replica, or the one that leads now or did until lately. */
  get(key: string, from: 'any' | 'leader'): Promise<LogValue | undefined>
  /** Removes a value; fine when there is none. It may come to nothing. */
  remove(key: string): Promise<void>
  tell(word: Uint8Array): Promise<void>
  listen(onWord: (word: Uint8Array) => void): () => void
  close(): Promise<void>
}

export interface LogDraft {
  /**
   * Within its window the service stores one message of an id, and answers a repetition with the first one's
   * sequence.
   */
  readonly messageId: string
  /** The sequence that must be last in the log; 0: it is empty. */
  readonly expectedSeq: number
  readonly bytes: Uint8Array
}

export interface LogMessage {
  readonly seq: number
  readonly messageId: string
  readonly bytes: Uint8Array
}

export interface LogValue {
  readonly revision: number
  readonly bytes: Uint8Array
}

/** What one try to publish came to. */
export type PublishOutcome =
  /** It is stored, now or by an earlier try of the same message id. */
  | { readonly kind: 'stored'; readonly seq: number }
  /** Another sequence is last (10071). It may be this very message, stored by an earlier try. */
  | { readonly kind: 'wrong-last'; readonly lastSeq: number }
  /** Another message with an expectation, or this one, is on its way into the log (10164, 10158). */
  | { readonly kind: 'in-flight' }
  /** Nobody took it: nothing was stored by this try. */
  | { readonly kind: 'nobody' }
  /** The service keeps no more: nothing was stored by this try. */
  | { readonly kind: 'full' }
  /** No answer: it is stored, or not, or will be. */
  | { readonly kind: 'unknown' }

export type PutOutcome =
  | { readonly kind: 'stored'; readonly revision: number }
  | { readonly kind: 'wrong-revision' }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'full' }
  | { readonly kind: 'unknown' }

/** A service with a smaller bound than this cannot carry the list of parts of the largest append. */
export const PAYLOAD_BYTES_LEAST = 64 * 1024
/**
 * What the envelope of a message or value may take of `payloadBytesMax`: subject, headers, what frames the
 * content.
 */
export const ENVELOPE_BYTES_MAX = 2 * 1024
