import { mutationsOf } from '../mutation.ts'

const ENGINE = ['runtime/engine/*']

/** Effects: at most once, observed before they are done again. */
export const stepRunnerMutations = mutationsOf('step-runner', ENGINE, [
  {
    name: 'recovery-redoes',
    file: 'runtime/engine/step-runner.ts',
    before: 'this.#takeUp(true)',
    after: 'this.#takeUp(false)',
    models: 'A new leader does again what the old one may have done, without looking first.',
    breaks: [7],
  },
  {
    name: 'retry-without-a-look',
    file: 'runtime/engine/step-runner.ts',
    before: 'recovering || attempt > 1',
    after: 'recovering',
    models: 'A step that failed halfway is repeated without asking whether it happened.',
    breaks: [7],
  },
  {
    name: 'unknown-taken-for-absent',
    file: 'runtime/engine/step-runner.ts',
    before:
      "if (observed === 'unknown') throw new Error('it could not be observed whether the effect happened')",
    after: '',
    models: 'What could not be observed is guessed not to have happened.',
    breaks: [7],
  },
  {
    name: 'takes-up-what-is-under-way',
    file: 'runtime/engine/step-runner.ts',
    before: 'if (this.#underWay.has(effect.key)) continue',
    after: '',
    models: 'Each record takes all waiting effects up again: one effect is performed many times at once.',
    breaks: [7],
  },
  {
    name: 'final-failure-is-silent',
    file: 'runtime/engine/step-runner.ts',
    before: 'await this.#settle(effect, () => ({ event: this.#executorOf(effect).failed(effect, cause) }))',
    after: "this.#options.logger.error({ err: cause }, 'an effect failed for good')",
    models: 'An effect that is given up is logged, but its job is not told: it never ends.',
    breaks: [1],
  },
  {
    name: 'key-used-again',
    file: 'actors/job/chart.ts',
    before: 'key: `job/${id}#compile.${at.seq}`',
    after: 'key: `job/${id}#compile`',
    models: 'The second compilation of a job has the key of the first: it may be taken for done.',
    breaks: [1, 7],
  },
  {
    name: 'shares-an-older-outcome',
    file: 'runtime/engine/compile-job.ts',
    before: "attempt.digest !== digest || attempt.seq < job.createdSeq || attempt.outcome === 'pending'",
    after: "attempt.digest !== digest || attempt.outcome === 'pending'",
    models: 'A job takes over the outcome of an attempt that was over before the job was asked for.',
    breaks: [1, 3],
  },
  {
    name: 'compiles-beyond-its-locks',
    file: 'runtime/engine/compile-step.ts',
    before: '        only: job.groups,\n',
    after: '',
    models: 'A job rolls out to a group whose lock it does not hold.',
    breaks: [9],
  },
  {
    name: 'failed-attempt-stays-under-way',
    file: 'runtime/engine/step-runner.ts',
    before: 'this.#underWay.delete(effect.key)',
    after: 'if (attempt === 1) this.#underWay.delete(effect.key)',
    models: 'A key that needed a second attempt is never free again: an effect under it is not begun.',
    breaks: [1],
    // No actor asks for two effects under one key.
    reach: 'tests',
  },
])
