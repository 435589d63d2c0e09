import { mutationsOf } from '../mutation.ts'

const STEPS = ['runtime/engine/*', 'runtime/planner/*', 'runtime/analytics/**/*', 'runtime/central/**/*']

/** More of steps and what they make: deliveries, plans, bundles and versions of keys. */
export const moreStepRunnerMutations = mutationsOf('step-runner', STEPS, [
  {
    name: 'each-attempt-is-another-delivery',
    file: 'runtime/analytics/webhooks/webhook-step.ts',
    before: '.update(effect.key).digest',
    after: '.update(`${effect.key}${clock.wallMs()}`).digest',
    models: 'A delivery that is tried again has another id: its receiver cannot tell that it has it already.',
    breaks: [7],
  },
  {
    name: 'gate-takes-no-slot-back',
    file: 'runtime/analytics/webhooks/webhook-step.ts',
    before: 'if (next === undefined) this.#free++\n      else next()',
    after: 'next?.()',
    models: 'A slot that nobody waits for is not given back: after four deliveries none goes out any more.',
    breaks: [7],
  },
  {
    name: 'same-sets-same-bundle',
    file: 'runtime/planner/planning.ts',
    before: "const key = move.sets.map(path => `${path} ${move.pins[path]?.digest ?? ''}`).join('\\n')",
    after: "const key = move.sets.join('\\n')",
    models:
      'Two groups that layer the same paths share a bundle, although one of them holds an older version.',
    breaks: [2, 6],
  },
  {
    name: 'new-value-keeps-its-version',
    file: 'runtime/engine/documents-to-changes.ts',
    before: 'versions[key] = kept ?? head.version + 1',
    after: 'versions[key] = kept ?? head.version',
    models:
      'A key that changes takes the version of the head before: who saw the old value may still swap it.',
    breaks: [1],
  },
  {
    name: 'new-policy-governs-only-the-next',
    file: 'runtime/planner/compile-plan.ts',
    before: "policyRef(group, declared?.policy ?? observed?.policy ?? '', policies)",
    after: "policyRef(group, observed?.policy ?? declared?.policy ?? '', policies)",
    models: 'The job that gives a group another policy is itself rolled out by the old one.',
    breaks: [3, 6],
  },
  {
    name: 'returning-set-takes-the-wrong-place',
    file: 'runtime/planner/advance-pins.ts',
    before: 'order.indexOf(nearest) + 1, 0, path)',
    after: 'order.indexOf(nearest), 0, path)',
    models:
      'A set that a touch brings back stands before its neighbour, and is overridden where it should override.',
    breaks: [6],
  },
])
