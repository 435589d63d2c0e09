import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Journal } from '../journal/journal.ts'
import { createChartRegistry } from '../kernel/chart-registry.ts'
import { Kernel } from '../kernel/kernel.ts'
import { charts } from './charts.ts'
import { routes } from './routes/routes.ts'

export interface OpenedKernel {
  readonly kernel: Kernel
  /** Sequence of the checkpoint that the fold began from; 0: from nothing. */
  readonly fromSeq: number
  /** Records folded after it. */
  readonly replayed: number
}

/**
 * The state that a journal folds to: from its newest checkpoint, whose hash the journal vouches for, and
 * every record after it. Each record's outputs must come out as they were stored.
 */
export async function openKernel(journal: Journal): Promise<OpenedKernel> {
  const kernel = new Kernel(createChartRegistry(charts), routes)
  const head = await journal.head()
  const checkpoint = await journal.getCheckpoint()
  if (checkpoint !== undefined) {
    kernel.restore(checkpoint.state)
    if (kernel.position.seq !== checkpoint.seq) {
      throw new KonorError(
        'KONOR_JOURNAL_CORRUPT',
        `the checkpoint of ${checkpoint.seq} holds another sequence`,
        {
          details: { seq: checkpoint.seq, found: kernel.position.seq },
        },
      )
    }
  }
  const fromSeq = kernel.position.seq
  for await (const record of journal.read(fromSeq + 1, head.seq)) kernel.replay(record)
  return { kernel, fromSeq, replayed: head.seq - fromSeq }
}
