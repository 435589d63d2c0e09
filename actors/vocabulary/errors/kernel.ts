import { errorTable } from './error-spec.ts'

export const kernelErrors = errorTable({
  KONOR_KERNEL_INPUT_FAULTED: {
    status: 500,
    exit: 20,
    retryable: false,
    title: 'An input could not be folded',
    help: 'The input threw or ran away while it was folded. Every change of it was discarded and nothing else was harmed. Report the details with the journal sequence.',
  },
  KONOR_KERNEL_FOLD_VERSION: {
    status: 503,
    exit: 20,
    retryable: false,
    title: 'The journal was written by a newer fold version',
    help: 'Upgrade this program: it lacks the charts that later records of the journal were folded with.',
  },
  KONOR_KERNEL_DIVERGED: {
    status: 500,
    exit: 20,
    retryable: false,
    title: 'Replay reached another state than the journal recorded',
    help: 'The program or its journal is not what wrote the records. Stop, keep the files, run `konor journal verify`, and restore from a backup if it fails.',
  },
})
