import type { JobContext } from '../../actors/job/context.ts'
import { jobAddress } from '../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { contextOf } from '../kernel/actor-record.ts'
import { compileJob, sharedOutcomes } from './compile-job.ts'
import type { StepExecutor } from './step-runner.ts'

/**
 * Compiles a job that had to wait for its locks, from the state as it is when the result is folded: the heads
 * may have moved on meanwhile, and then it takes them along.
 */
export const compileStep: StepExecutor = {
  class: 'pure',
  perform: effect =>
    Promise.resolve(preparation => {
      const { job: id } = effect.data as { readonly job: string }
      const record = preparation.view.get(jobAddress(id))
      if (record === undefined)
        return {
          event: { type: 'COMPILE_FAILED', code: 'KONOR_ENGINE_NOT_FOUND', message: 'the job is gone' },
        }
      const job = contextOf<JobContext>(record)
      const wish = {
        documents: [],
        touched: job.touched,
        removed: [],
        relayered: job.relayered,
        only: job.groups,
      }
      const [group] = job.groups
      const { plan, blobs } = compileJob(
        preparation,
        job.kind === 'retry' && group !== undefined ? { ...wish, retry: group } : wish,
      )
      const shared = sharedOutcomes(preparation.view, plan, job)
      return {
        event: {
          type: 'COMPILED',
          plan: plan as unknown as CborValue,
          shared: shared as unknown as CborValue,
        },
        blobs,
      }
    }),
  failed: (_, cause) => ({
    type: 'COMPILE_FAILED',
    code: isKonorError(cause) ? cause.code : 'KONOR_KERNEL_INPUT_FAULTED',
    message: cause instanceof Error ? cause.message : String(cause),
  }),
}
