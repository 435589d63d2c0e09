import { errorTable } from './error-spec.ts'

export const rehearsalErrors = errorTable({
  KONOR_REHEARSAL_TOO_LARGE: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'The rehearsal is larger than is played',
    help: 'The details name the bound. Rehearse with fewer seeds, or offline with `--nodes N`: a share of a large cluster shows the same.',
  },
  KONOR_REHEARSAL_BUSY: {
    status: 429,
    exit: 4,
    retryable: true,
    title: 'A rehearsal is being played already',
    help: 'A central plays a bounded number of rehearsals beside its work. Wait for the one that runs, cancel it with `DELETE /api/v1/rehearsals/{id}`, or rehearse offline with `--nodes N`.',
  },
  KONOR_REHEARSAL_UNAVAILABLE: {
    status: 503,
    exit: 6,
    retryable: false,
    title: 'This central plays no rehearsals',
    help: 'It was started by a program that left the simulator out. Rehearse offline: `konor rehearse -f FILE --nodes N`.',
  },
  KONOR_REHEARSAL_NOTHING: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'There is nothing to rehearse',
    help: 'The manifests change no group that has nodes. `konor diff -f FILE` shows what they would change.',
  },
  KONOR_REHEARSAL_NO_PROCESS: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'Processes are to reject or to be slow, and there are none',
    help: 'Where no process listens nobody can reject, and every run would be green. Start the processes of the group (by the SDK, or under `konor run`) and look for them with `konor describe group NAME`; or rehearse offline with `--nodes N --processes 1`; or leave `--reject` and `--slow` out.',
  },
  KONOR_REHEARSAL_WORKER: {
    status: 500,
    exit: 20,
    retryable: false,
    title: 'A rehearsal could not be played to its end',
    help: 'Its thread ended, most likely for want of memory or of time. Rehearse fewer nodes, or fewer seeds. If it repeats with one seed, report it with that seed.',
  },
})
