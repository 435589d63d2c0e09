import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Checkpoint, Journal } from '../journal/journal.ts'
import { Kernel } from '../kernel/kernel.ts'
import { decodeOutputs } from '../kernel/record-codec.ts'
import type { Logger } from '../ports/logger.ts'
import { silentLogger } from '../ports/logger.ts'
import { routes } from './routes/routes.ts'
import { sharedMachines } from './shared-machines.ts'

export interface OpenedKernel {
  readonly kernel: Kernel
  /** Sequence of the checkpoint that the fold began from; 0: from nothing. */
  readonly fromSeq: number
  /** Records folded after it. */
  readonly replayed: number
}

/**
 * The state that a journal folds to: from its newest checkpoint and every record after it. A checkpoint is a cache: it
 * is believed only when its bytes have the hash that a record of the chain names; otherwise an older one is tried, and
 * at last none. Each record's outputs must come out as they were stored, and each record up to the head must be there.
 */
export async function openKernel(journal: Journal, logger: Logger = silentLogger): Promise<OpenedKernel> {
  const { seq: headSeq } = await journal.head()
  for (let atSeq = headSeq; ;) {
    const checkpoint = await journal.getCheckpoint(atSeq)
    const opened = await foldFrom(journal, checkpoint, headSeq)
    if (opened !== undefined) return opened
    logger.warn({ seq: checkpoint?.seq }, 'a checkpoint is not what the chain says: it is passed over')
    atSeq = (checkpoint?.seq ?? 0) - 1
  }
}

/** Folds from a checkpoint to the head; undefined when the chain does not vouch for the checkpoint. */
async function foldFrom(
  journal: Journal,
  checkpoint: Checkpoint | undefined,
  headSeq: number,
): Promise<OpenedKernel | undefined> {
  const kernel = new Kernel(sharedMachines(), routes)
  if (checkpoint !== undefined) {
    if (digestOfBytes(checkpoint.state) !== checkpoint.stateHash) return undefined
    kernel.restore(checkpoint.state)
    if (kernel.position.seq !== checkpoint.seq) return undefined
  }
  const fromSeq = kernel.position.seq
  let vouched = checkpoint === undefined
  for await (const record of journal.read(fromSeq + 1, headSeq)) {
    kernel.replay(record)
    vouched ||= decodeOutputs(record.outputs).some(
      ({ type, data }) =>
        type === 'journal.checkpoint' &&
        data['seq'] === checkpoint?.seq &&
        data['stateHash'] === checkpoint?.stateHash,
    )
  }
  const { seq } = kernel.position
  if (seq !== headSeq) {
    const message = `the journal goes to record ${headSeq} and gives none after ${seq}`
    throw new KonorError('KONOR_JOURNAL_CORRUPT', message, { details: { seq: seq + 1 } })
  }
  return vouched ? { kernel, fromSeq, replayed: headSeq - fromSeq } : undefined
}
