import { createHash } from 'node:crypto'
import type { StepExecutor } from '../../runtime/engine/step-runner.ts'
import type { Program } from '../world/program.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { SimulatedReceiver } from './simulated-receiver.ts'

/** One look at an effect, or one attempt at it, in true time. */
export interface EffectStep {
  readonly key: string
  readonly kind: string
  readonly life: ProgramLife
  readonly did: 'observe' | 'perform'
  readonly fromMs: number
  /** `Infinity` while it is under way, and for ever when its life ended before. */
  toMs: number
  result: 'under-way' | 'absent' | 'unknown' | 'there' | 'done' | 'failed'
}

type Executors = Readonly<Record<string, StepExecutor>>

/** Deliveries are given up sooner than outside, so that a run sees how that ends. */
const DELIVERY_RETRY = { attemptsMax: 10, minMs: 100, maxMs: 4_000 }

/**
 * The executors of a central, with each of their steps written down. Deliveries can be observed here, as the receiver
 * can be asked: so recovery has something to look at before it repeats.
 */
export function watchSteps(
  own: Executors,
  program: Program,
  receiver: SimulatedReceiver,
  steps: EffectStep[],
): Executors {
  const watched = Object.entries(own).map(([kind, executor]): [string, StepExecutor] => [
    kind,
    watch(kind === 'webhook' ? observable(executor, program, receiver) : executor, program, steps),
  ])
  return Object.fromEntries(watched)
}

function observable(executor: StepExecutor, program: Program, receiver: SimulatedReceiver): StepExecutor {
  return {
    class: executor.class,
    retry: DELIVERY_RETRY,
    async observe({ key }) {
      const found = await receiver.lookUp(program, deliveryOf(key))
      return found === 'there' ? () => ({ event: { type: 'DELIVERED' } }) : found
    },
    perform: effect => executor.perform(effect),
    failed: (effect, cause) => executor.failed(effect, cause),
  }
}

/** By which a receiver tells one delivery from another, as the guide of alerts has it. */
function deliveryOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}

function watch(executor: StepExecutor, program: Program, steps: EffectStep[]): StepExecutor {
  const { observe } = executor
  const { world } = program.machine
  const begun = (key: string, kind: string, did: EffectStep['did']): EffectStep => {
    const { life } = program
    const step: EffectStep = {
      key,
      kind,
      life,
      did,
      fromMs: world.nowMs,
      toMs: Infinity,
      result: 'under-way',
    }
    steps.push(step)
    return step
  }
  const ended = (step: EffectStep, result: EffectStep['result']): void => {
    if (program.isAlive) Object.assign(step, { toMs: world.nowMs, result })
  }
  return {
    class: executor.class,
    ...(executor.retry && { retry: executor.retry }),
    ...(observe && {
      async observe(effect) {
        const step = begun(effect.key, effect.kind, 'observe')
        const found = await observe.call(executor, effect)
        ended(step, typeof found === 'function' ? 'there' : found)
        return found
      },
    }),
    async perform(effect) {
      const step = begun(effect.key, effect.kind, 'perform')
      try {
        const result = await executor.perform(effect)
        ended(step, 'done')
        return result
      } catch (error) {
        ended(step, 'failed')
        throw error
      }
    },
    failed: (effect, cause) => executor.failed(effect, cause),
  }
}
