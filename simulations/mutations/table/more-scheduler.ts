import { mutationsOf } from '../mutation.ts'

const ENGINE = ['runtime/engine/*', 'runtime/central/**/*']

/** More of who may act when: the leader's time, its queue, locks and admission. */
export const moreSchedulerMutations = mutationsOf('scheduler', ENGINE, [
  {
    name: 'fired-timer-is-not-armed-again',
    file: 'runtime/engine/deadline-timer.ts',
    before: 'onDue(this.#queue.take(time.nowMs(), most))\n    this.arm()',
    after: 'onDue(this.#queue.take(time.nowMs(), most))',
    models:
      'When what was due was cancelled meanwhile, nobody waits for the next deadline until a record comes.',
    breaks: [1],
  },
  {
    name: 'token-expires-in-journal-time',
    file: 'runtime/engine/routes/tokens.ts',
    before: 'const expired = at.wallMs > token.expiresAtMs',
    after: 'const expired = at.timeMs > token.expiresAtMs',
    models: 'The expiry of a token is held against journal time, which is small: no token ever expires.',
    breaks: [12],
  },
  {
    name: 'prepares-on-what-is-durable',
    file: 'runtime/engine/create-leader.ts',
    before: 'view: draft,\n      position,',
    after: 'view: this.view,\n      position,',
    models:
      'An input is made from the durable state and folded on what was folded ahead of it: they do not match.',
    breaks: [1, 6],
  },
  {
    name: 'journal-time-counts-the-uptime',
    file: 'runtime/engine/journal-clock.ts',
    before: 'this.#startedMs = clock.monotonicMs()',
    after: 'this.#startedMs = 0',
    models:
      'Journal time leaps by the uptime of the machine at each start: what was to wait is over at once.',
    breaks: [1],
  },
  {
    name: 'claims-the-order-that-it-heard',
    file: 'runtime/engine/create-leader.ts',
    before: 'epoch: above.epoch + 1 }',
    after: 'epoch: above.epoch }',
    models:
      'A restored central takes the very epoch that its agents have heard of another one, not the next.',
    breaks: [8],
  },
  {
    name: 'claims-in-the-timeline-before',
    file: 'runtime/central/take-lead.ts',
    before: 'const timeline = Math.max(kernel.position.timeline, (await journal.head()).timeline)',
    after: 'const timeline = kernel.position.timeline',
    models: 'A leader on a restored journal claims in the timeline of its last record, which has ended.',
    breaks: [4, 8],
  },
])
