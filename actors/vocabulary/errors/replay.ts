import { errorTable } from './error-spec.ts'

export const replayErrors = errorTable({
  KONOR_REPLAY_BEYOND_HEAD: {
    status: 404,
    exit: 3,
    retryable: false,
    title: 'The journal has no such sequence yet',
    help: 'The message names the last record there is. Ask for one up to that; a restored journal ends where its backup did.',
  },
  KONOR_REPLAY_TOO_LONG: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'That point is too far from a checkpoint for a running central',
    help: 'A central folds a bounded number of records for one request. `konor replay BACKUP --until SEQ` has no bound; a backup is made while the central is stopped.',
  },
  KONOR_REPLAY_BUSY: {
    status: 429,
    exit: 4,
    retryable: true,
    title: 'Too many replays at once',
    help: 'A central does a few replays at a time, so that its own work goes on. Wait and ask again, or replay a backup with `konor replay`.',
  },
  KONOR_REPLAY_STOPPED: {
    status: 503,
    exit: 6,
    retryable: true,
    title: 'The replay was stopped before its end',
    help: 'The central is stopping, or who asked went away. Nothing was changed: ask again.',
  },
})
