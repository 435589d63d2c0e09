import { mutationsOf } from '../mutation.ts'

const STREAM = ['runtime/journal/stream/*', 'simulations/world/log-service/weak-log']

/** The journal that several centrals share, on a log service. */
export const journalStreamMutations = mutationsOf('journal', STREAM, [
  {
    name: 'stream-refusal-taken-for-success',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: "return there.messageId === draft.messageId ? { kind: 'stored', seq } : { kind: 'moved' }",
    after: "return { kind: 'stored', seq }",
    models:
      'Whatever stands where an append was to stand is taken for it: another leader’s records are one’s own.',
    breaks: [1, 8],
  },
  {
    name: 'stream-own-message-not-recognised',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: "return there.messageId === draft.messageId ? { kind: 'stored', seq } : { kind: 'moved' }",
    after: "return { kind: 'moved' }",
    models:
      'A refusal after a first try that was stored, whose answer was lost, is told as a refusal: the job exists.',
    breaks: [1, 7],
  },
  {
    name: 'stream-unknown-taken-for-done',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: '        tries.unanswered++\n        break\n',
    after: "        return { kind: 'stored', seq: draft.expectedSeq + 1 }\n",
    models: 'An append without an answer is taken for stored: an accepted job may be nowhere.',
    breaks: [1],
  },
  {
    name: 'stream-unknown-taken-for-refused',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: '  if (unanswered > 0)\n',
    after: '  if (unanswered > 1_000)\n',
    models: 'When nobody answers to the end, an append counts as not written; it may be, or come later.',
    breaks: [7, 12],
  },
  {
    name: 'stream-unsettled-forgotten',
    file: 'runtime/journal/stream/stream-writer.ts',
    before: "if (!isKonorError(thrown, 'KONOR_JOURNAL_AMBIGUOUS')) this.#unsettled = undefined",
    after: 'this.#unsettled = undefined',
    models:
      'An append of unknown outcome is not remembered: what was sent and may still succeed is told as refused.',
    breaks: [7],
    reach: 'tests',
  },
  {
    name: 'stream-find-believes-a-stale-read',
    file: 'runtime/journal/stream/stream-journal.ts',
    before: 'await this.#writer.raiseBarrier()\n',
    after: 'await this.#writer.catchUp()\n',
    models: 'A record that a lagging replica does not show counts as not written.',
    breaks: [7],
    reach: 'tests',
  },
  {
    name: 'stream-message-id-of-chance',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: '    const outcome = await service.publish(draft)\n',
    after:
      '    const outcome = await service.publish({ ...draft, messageId: `${draft.messageId}${tries.unanswered}` })\n',
    models: 'An append is repeated under another message id: it is not recognised as what was stored before.',
    breaks: [1, 7],
  },
  {
    name: 'stream-expectation-follows-the-log',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: '        // An outdated leader says so for a while;',
    after:
      '        draft = { ...draft, expectedSeq: lastSeq }\n        // An outdated leader says so for a while;',
    models: 'A refused append is tried again behind whatever is last now: two leaders write into one log.',
    breaks: [8, 12],
  },
  {
    name: 'stream-place-not-checked',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: 'if (outcome.seq === draft.expectedSeq + 1) return outcome',
    after: 'if (outcome.seq > 0) return outcome',
    models: 'An acknowledgement of another place is believed: a log that was cut goes unnoticed.',
    breaks: [12],
    reach: 'tests',
  },
  {
    name: 'stream-base-not-compared',
    file: 'runtime/journal/stream/stream-end.ts',
    before: 'base.hash !== end.chain.hash || base.seq !== end.chain.seq',
    after: 'base.seq !== end.chain.seq',
    models: 'A reader goes on over the place where a log was cut and written anew: two histories become one.',
    breaks: [12],
    reach: 'tests',
  },
  {
    name: 'stream-record-not-verified',
    file: 'runtime/journal/stream/stream-message.ts',
    before: 'linkProblem(end, record)',
    after: 'undefined',
    models: 'Records of a message are folded without being held against their hashes.',
    breaks: [12],
    reach: 'tests',
  },
  {
    name: 'stream-follower-folds-redelivered',
    file: 'runtime/journal/stream/follow-stream.ts',
    before: 'if (message.seq === this.#nextSeq) await',
    after: 'if (message.seq <= this.#nextSeq) await',
    models: 'What was delivered again while another was taken is taken as well, and breaks the follower.',
    breaks: [6],
    reach: 'tests',
  },
  {
    name: 'stream-follower-skips-a-gap',
    file: 'runtime/journal/stream/follow-stream.ts',
    before: 'if (message.seq === this.#nextSeq) await',
    after: 'if (message.seq >= this.#nextSeq) await',
    models: 'A follower takes what comes, though something before it was left out.',
    breaks: [6, 12],
  },
  {
    name: 'stream-stall-not-noticed',
    file: 'runtime/journal/stream/follow-stream.ts',
    before: 'this.#nextSeq === beforeSeq) await',
    after: 'this.#nextSeq < beforeSeq) await',
    models:
      'A consumer that fell silent is waited for without end: a follower never hears of what is committed.',
    breaks: [5],
  },
  {
    name: 'stream-follower-begins-anew',
    file: 'runtime/journal/stream/follow-stream.ts',
    before: '      this.#stopConsumer = this.#options.service.consume(this.#nextSeq, message =>',
    after: '      this.#stopConsumer = this.#options.service.consume(this.#nextSeq + 1, message =>',
    models:
      'An off-by-one in where the next consumer begins: each new one leaves out the message that is next.',
    breaks: [5, 6],
  },
  {
    name: 'stream-read-stops-short',
    file: 'runtime/journal/stream/read-messages.ts',
    before: '    if (first === fromSeq) return',
    after: '    if (first === undefined) return []\n    if (first === fromSeq) return',
    models: 'A replica that lags is believed where the message is known to exist.',
    breaks: [1, 6],
    reach: 'tests',
  },
  {
    name: 'stream-value-after-its-name',
    file: 'runtime/journal/stream/stream-blobs.ts',
    before: `  const { digest: top, depth } = await values.storeTree(PART_PREFIX, bytes)
  await values.store(keyOf(digest), encodeCanonical([top, depth]))
`,
    after: `  const { digest: top, depth } = await values.storeTree(PART_PREFIX, bytes.subarray(1))
  await values.store(keyOf(digest), encodeCanonical([top, depth]))
`,
    models: 'An off-by-one in what is stored of a blob.',
    breaks: [5, 12],
  },
  {
    name: 'stream-blob-not-stored-first',
    file: 'runtime/journal/stream/stream-journal.ts',
    before: 'for (const blob of request.blobs) await storeBlob(this.#values, blob)',
    after: 'for (const blob of request.blobs) void storeBlob(this.#values, blob).catch(() => {})',
    models: 'A record is durable before the blobs that it names: a crash between the two loses them.',
    breaks: [1, 5],
  },
  {
    name: 'stream-missing-value-believed-at-once',
    file: 'runtime/journal/stream/stream-values.ts',
    before: 'const found = await this.#find(key, this.#waits.begin(MISSING_AFTER_MS))',
    after: 'const found = await this.#find(key, this.#waits.begin(0))',
    models: 'A blob that a lagging replica does not show counts as lost.',
    breaks: [5, 12],
    reach: 'tests',
  },
  {
    name: 'stream-lost-end-waited-for',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: '  if (behind > 0)\n',
    after: '  if (behind > 1_000)\n',
    models: 'A log that lost what it had acknowledged counts as one that is merely away: nobody stops.',
    breaks: [12],
    reach: 'tests',
  },
])
