import type { ExecutionContext } from 'ava'

/** Passes when there are no problems; else fails with all of them, below a sentence that says what to do. */
export function expectNone(t: ExecutionContext, advice: string, problems: readonly string[]): void {
  t.is(problems.length, 0, [advice, ...problems.map(problem => `  ${problem}`)].join('\n'))
}
