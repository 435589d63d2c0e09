import { mutationsOf } from '../mutation.ts'

const ENGINE = ['runtime/kernel/*', 'runtime/engine/*']

/** The fold, its state, its deadlines and its outbox. */
export const kernelMutations = mutationsOf('kernel', ENGINE, [
  {
    name: 'any-event-forgets-timers',
    file: 'runtime/kernel/fold.ts',
    before: 'if (step.timers.length === 0) return before',
    after: 'if (step.timers.length === 0) return {}',
    models: 'An event that starts and cancels no timer forgets those that are armed.',
    breaks: [1],
  },
  {
    name: 'checkpoint-forgets-timers',
    file: 'runtime/kernel/actor-record.ts',
    before: 'plain(record.deadlines as unknown as CborValue),',
    after: '{},',
    models:
      'Deadlines are not part of the stored state: after a restart from a checkpoint nothing times out.',
    breaks: [1, 6],
  },
  {
    name: 'checkpoint-forgets-outbox',
    file: 'runtime/kernel/state-codec.ts',
    before: 'for (const effect of stored.effects) state.setEffect(effect)',
    after: '',
    models: 'The outbox is not restored: a job that waits for an effect waits for ever after a restart.',
    breaks: [1, 6],
  },
  {
    name: 'checkpoint-forgets-ended',
    file: 'runtime/kernel/state-codec.ts',
    before: 'for (const [kind, addresses] of Object.entries(stored.ended)) state.setEnded(kind, addresses)',
    after: '',
    models: 'The order of ended actors is lost in a checkpoint: replicas that began elsewhere differ.',
    breaks: [6],
  },
  {
    name: 'fault-keeps-changes',
    file: 'runtime/kernel/fold.ts',
    before: 'const draft = new Draft(below)',
    after: 'const draft = below',
    models: 'An input that faults halfway leaves what it had done by then: a poison record harms others.',
    breaks: [1, 11],
  },
  {
    name: 'effect-never-leaves-outbox',
    file: 'runtime/kernel/fold.ts',
    before: "      { do: 'effect-done', key },\n",
    after: '',
    models: 'The result of an effect does not take it out of the outbox: it is performed again and again.',
    breaks: [7],
  },
  {
    name: 'replay-compares-lengths',
    file: 'runtime/kernel/kernel.ts',
    before: 'if (Buffer.compare(encoded, record.outputs) !== 0) {',
    after: 'if (encoded.length !== record.outputs.length) {',
    models: 'Replay believes outputs of the right length: another story goes unnoticed.',
    breaks: [6, 12],
    reach: 'tests',
    tests: [...ENGINE, 'runtime/replay/*'],
  },
  {
    name: 'list-misses-newcomers',
    file: 'runtime/kernel/kernel-state.ts',
    before: 'if (!actors.has(record.address)) this.#sorted.delete(kind)',
    after: 'if (actors.size === 0) this.#sorted.delete(kind)',
    models: 'The cached order of a kind is kept when an actor is added: lists do not show it.',
    breaks: [1, 6],
  },
  {
    name: 'deadline-by-the-wall',
    file: 'runtime/kernel/fold.ts',
    before: 'dueMs: this.#at.timeMs + change.delayMs',
    after: 'dueMs: this.#at.wallMs + change.delayMs',
    models: 'Deadlines are set by the wall clock and compared with journal time: none is ever due.',
    breaks: [1],
  },
  {
    name: 'moved-deadline-fires-early',
    file: 'runtime/kernel/fold.ts',
    before: 'if (deadline === undefined || deadline.dueMs > at.timeMs) return { instructions: [] }',
    after: 'if (deadline === undefined) return { instructions: [] }',
    models:
      'A due timer is believed without a look at the deadline as it is now: one that was moved fires early.',
    breaks: [6],
  },
  {
    name: 'second-birth',
    file: 'runtime/kernel/fold.ts',
    before: 'if (!isDone(existing)) throw new TypeError(`${address} lives already`)',
    after: 'if (isDone(existing)) throw new TypeError(`${address} lives already`)',
    models:
      'The check against a second birth is the wrong way round: a living actor is replaced by a new one.',
    breaks: [1],
  },
  {
    name: 'audit-before-the-verdict',
    file: 'runtime/kernel/fold.ts',
    before: "const refusal = this.#rules.auditTells === 'route' ? this.#refusedByRoute : refusalIn(reply)",
    after: 'const refusal = this.#refusedByRoute',
    models: 'The audit says accepted where an actor refused.',
    breaks: [11],
  },
  {
    name: 'older-records-folded-as-new-ones',
    file: 'runtime/kernel/kernel.ts',
    before: 'foldVersion: fold,',
    after: 'foldVersion: 2,',
    models: 'After an upgrade what was written before it is folded by the new rules.',
    breaks: [6],
  },
])
