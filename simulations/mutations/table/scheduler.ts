import { mutationsOf } from '../mutation.ts'

const ENGINE = ['runtime/engine/*']

/** Locks, jobs and the order in which the leader folds, appends and answers. */
export const schedulerMutations = mutationsOf('scheduler', ENGINE, [
  {
    name: 'newcomer-takes-the-lock',
    file: 'actors/lock/chart.ts',
    before: "ACQUIRE: { actions: 'enqueue' },",
    after: "ACQUIRE: { actions: ['hold', 'grant'] },",
    models: 'Who asks for a held lock gets it: two conflicting jobs run at once.',
    breaks: [9],
  },
  {
    name: 'last-come-first-served',
    file: 'actors/lock/chart.ts',
    before: 'queue: [...queue, event.job]',
    after: 'queue: [event.job, ...queue]',
    models: 'The queue of a lock is a stack: under load the first one never gets its turn.',
    breaks: [9],
  },
  {
    name: 'cancelled-job-stays-in-the-queue',
    file: 'actors/job/chart.ts',
    before: 'locks.slice(0, held + 1).map(',
    after: 'locks.slice(0, held).map(',
    models: 'A job that is cancelled while it waits does not leave the queue: the lock is granted to nobody.',
    breaks: [1, 9],
  },
  {
    name: 'failed-job-keeps-its-locks',
    file: 'actors/job/chart.ts',
    before: "failed: { type: 'final', entry: ended('failed') }",
    after:
      "failed: { type: 'final', entry: ['noteFinished', { type: 'announceEnded', params: { state: 'failed' } }] }",
    models: 'One of three ends forgets to release: nothing runs on that group any more.',
    breaks: [1, 9],
  },
  {
    name: 'freeze-lets-jobs-pass',
    file: 'actors/cluster/chart.ts',
    before: "ENTER: { actions: ['keepWaiting', 'tellFrozen'] },",
    after: "ENTER: { actions: ['admit'] },",
    models: 'A frozen cluster begins new stages.',
    breaks: [2],
  },
  {
    name: 'plan-of-before-the-wait',
    file: 'actors/job/chart.ts',
    before: 'plan !== null && planSeq === at.seq,',
    after: 'plan !== null && planSeq <= at.seq,',
    models: 'A plan that was compiled before the job waited is carried out as if nothing had moved.',
    breaks: [1, 6],
  },
  {
    name: 'reply-before-append',
    file: 'runtime/engine/create-leader.ts',
    before: 'const startedMs = this.#options.clock.monotonicMs()',
    after:
      'const startedMs = this.#options.clock.monotonicMs()\n' +
      '    for (const { replies, position } of pending)\n' +
      '      for (const { waiting, reply } of replies)\n' +
      '        if (reply.ok) waiting.resolve({ body: reply.body, timeline: position.timeline, seq: position.seq })',
    models: 'The answer leaves before its record is durable: an accepted job can be lost.',
    breaks: [1],
  },
  {
    name: 'new-leader-fires-at-once',
    file: 'runtime/engine/deadline-timer.ts',
    before: '#holding = true\n  #cancel: CancelTimer',
    after: '#holding = false\n  #cancel: CancelTimer',
    models: 'A new leader fires deadlines before anybody could answer it.',
    breaks: [5, 10],
  },
  {
    name: 'refused-deadline-forgotten',
    file: 'runtime/engine/create-leader.ts',
    before: 'this.#deadlines.retryLater(one)',
    after: 'void one',
    models: 'A due deadline that a full disk refused is never tried again.',
    breaks: [1],
  },
  {
    name: 'deadlines-not-noted-at-start',
    file: 'runtime/engine/create-leader.ts',
    before: 'for (const record of options.kernel.state.actors()) this.#deadlines.note(record)',
    after: '',
    models: 'After a restart the timers of actors that do not move are forgotten.',
    breaks: [1],
  },
  {
    name: 'journal-time-begins-anew',
    file: 'runtime/engine/journal-clock.ts',
    before: 'Math.max(this.#lastMs, this.#baseMs + elapsedMs)',
    after: 'Math.max(this.#lastMs, elapsedMs)',
    models: 'After a restart journal time stands still until the process is as old as the journal.',
    breaks: [1],
  },
  {
    name: 'two-writers-both-pass',
    file: 'runtime/engine/routes/declare.ts',
    before: 'if (head !== base) {',
    after: 'if (head < base) {',
    models: 'Compare-and-set compares in one direction: the second of two racing writes passes, too.',
    breaks: [1, 11],
  },
  {
    name: 'repetition-refused',
    file: 'runtime/engine/routes/idempotency.ts',
    before: 'if (digest === idempotency.digest) return { instructions: [], reply: { ...answer } }',
    after: 'if (digest === idempotency.key) return { instructions: [], reply: { ...answer } }',
    models: 'The digest is compared with the wrong one: a repetition whose answer was lost is refused.',
    breaks: [7],
  },
])
