import { mutationsOf } from '../mutation.ts'

const JOURNAL = ['runtime/journal/**/*', 'simulations/world/log-service/weak-log']

/** More of journals: answers that do not come, and what is concluded from that. */
export const moreJournalMutations = mutationsOf('journal', JOURNAL, [
  {
    name: 'unanswered-value-counts-as-stored',
    file: 'runtime/journal/stream/stream-values.ts',
    before: "if (outcome.kind === 'stored') return\n      if (outcome.kind === 'full')",
    after:
      "if (outcome.kind === 'stored' || outcome.kind === 'unknown') return\n      if (outcome.kind === 'full')",
    models: 'A value whose put was not answered is named by a record although it may not be there.',
    breaks: [1, 12],
  },
  {
    name: 'full-after-silence-means-not-stored',
    file: 'runtime/journal/stream/publish-settled.ts',
    before: 'if (tries.unanswered === 0) throw full()',
    after: 'throw full()',
    models:
      'The first try was not answered, the second finds no room: the append is called refused, and may stand.',
    reach: 'tests',
    breaks: [1],
  },
  {
    name: 'restored-head-keeps-the-timeline',
    file: 'runtime/journal/memory-journal.ts',
    before: 'timeline: Math.max(timeline, this.timeline), epoch',
    after: 'timeline, epoch',
    models: 'A restored journal goes on in the timeline that it was cut out of.',
    breaks: [4, 8],
  },
  {
    name: 'stalled-consumer-is-only-noted',
    file: 'runtime/journal/stream/follow-stream.ts',
    before: "stands still: another one begins')\n    this.#consume()",
    after: "stands still: another one begins')",
    models: 'A consumer that fell silent is noticed, logged, and left as it is: this central lags for ever.',
    breaks: [6],
  },
  {
    name: 'unreachable-blob-counts-as-missing',
    file: 'runtime/journal/stream/stream-values.ts',
    before: "return found ?? (await this.#service.get(key, 'leader'))?.bytes",
    after: 'return found',
    models: 'Nobody answered for three seconds, and the blob is called missing: its job fails for good.',
    breaks: [12],
  },
])
