import process from 'node:process'
import { setImmediate as turn } from 'node:timers/promises'
import { simulate, type SimulationResult } from '../../../simulations/run/simulate.ts'

/** Lines of a stack that are told, with its message. */
const STACK_LINES_MAX = 4

/**
 * As `simulate`, and what nobody in the run caught is a promise that it broke: a rejection that was forgotten would end
 * the process instead, and say nothing of the seed.
 */
export const simulateCaught: typeof simulate = async (...args): Promise<SimulationResult> => {
  const strays: unknown[] = []
  const catchOne = (stray: unknown): void => void strays.push(stray)
  process.on('unhandledRejection', catchOne)
  process.on('uncaughtException', catchOne)
  try {
    const result = await simulate(...args)
    // Node tells of them when the microtasks are done.
    await turn()
    const told = new Set(strays.map(textOf))
    const violations = [...told].map(text => ({ promise: 0, what: `nobody caught ${text}` }))
    return violations.length === 0 ? result : { ...result, violations: [...violations, ...result.violations] }
  } finally {
    process.off('unhandledRejection', catchOne)
    process.off('uncaughtException', catchOne)
  }
}

/** Its message, and where it was thrown. */
function textOf(stray: unknown): string {
  if (!(stray instanceof Error)) return String(stray)
  return (stray.stack ?? stray.message).split('\n').slice(0, STACK_LINES_MAX).join('\n')
}
