import { mutationsOf } from '../mutation.ts'

const ENGINE = ['runtime/kernel/*', 'runtime/engine/*']

/** More of the fold: what layers, caches and stamps get wrong. */
export const moreKernelMutations = mutationsOf('kernel', ENGINE, [
  {
    name: 'layer-forgets-finished-effects',
    file: 'runtime/kernel/draft.ts',
    before: 'if (effect === null) below.deleteEffect(key)',
    after: 'if (effect === null) below.#effects.delete(key)',
    models: 'What left the outbox in one layer is owed again below: a finished effect is never over.',
    breaks: [7],
  },
  {
    name: 'shortcut-asks-the-context-before',
    file: 'runtime/kernel/machine.ts',
    before: 'if (holds(chart, guard, context, event)) return undefined',
    after: 'if (holds(chart, guard, snapshot.context as never, event)) return undefined',
    models: 'The short way looks for eventless transitions with the context as it was before the actions.',
    breaks: [1, 3],
  },
  {
    name: 'replay-takes-journal-time-for-wall',
    file: 'runtime/kernel/kernel.ts',
    before: 'timeMs: record.timeMs, wallMs: record.wallMs }',
    after: 'timeMs: record.timeMs, wallMs: record.timeMs }',
    models: 'A replay stamps events with journal time where the leader stamped them with its wall clock.',
    breaks: [6],
  },
  {
    name: 'deadline-on-the-dot-is-too-early',
    file: 'runtime/kernel/fold.ts',
    before: 'deadline.dueMs > at.timeMs) return',
    after: 'deadline.dueMs >= at.timeMs) return',
    models: 'A deadline that is told of at its very millisecond is passed over, and nobody tells it again.',
    breaks: [1],
  },
  {
    name: 'refusal-leaves-no-audit',
    file: 'runtime/kernel/fold.ts',
    before: 'return this.#told(input, { ok: false, refusal: routed.refuse })',
    after: 'return { reply: { ok: false, refusal: routed.refuse }, outputs: [] }',
    models: 'An attempt that was refused leaves no trace in the audit.',
    breaks: [11],
  },
  {
    name: 'stopped-actor-lives-until-durable',
    file: 'runtime/kernel/draft.ts',
    before: 'return changed === undefined ? this.#base.get(address) : (changed ?? undefined)',
    after: 'return changed ?? this.#base.get(address)',
    models: 'An actor that was stopped takes messages until its batch is durable, and comes back by them.',
    breaks: [1, 6],
  },
])
