import { mutationsOf } from '../mutation.ts'

const AGENT = ['agent/store/*', 'agent/groups/*', 'agent/*', 'runtime/ports/**/*']

/** What an agent keeps and how it moves from one generation to the next. */
export const agentStoreMutations = mutationsOf('agent-store', AGENT, [
  {
    name: 'generation-not-synced',
    file: 'runtime/ports/disk-on-files.ts',
    before: '          await file.sync()\n',
    after: '',
    models: 'A file is renamed into place before its bytes are on the disk: a power cut leaves it empty.',
    breaks: [3, 12],
  },
  {
    name: 'state-not-synced',
    file: 'runtime/ports/disk-on-files.ts',
    before: '\n        await file.write(bytes)\n        await file.sync()\n',
    after: '\n        await file.write(bytes)\n',
    models: 'What was told to central is not on the disk: after a power cut the node is older than its word.',
    breaks: [3, 4],
  },
  {
    name: 'rename-not-synced',
    file: 'runtime/ports/disk-on-files.ts',
    before: '      await files.syncDir(dirname(path))\n',
    after: '',
    models: 'The directory is not synced: after a power cut the new name is gone.',
    breaks: [3, 12],
  },
  {
    name: 'one-slot-for-both-copies',
    file: 'agent/store/state-file.ts',
    before: 'SLOTS[counter % 2] ?? SLOTS[0]',
    after: 'SLOTS[0]',
    models: 'The newest copy is written over in place: a torn write takes the only one.',
    breaks: [12],
  },
  {
    name: 'told-before-durable',
    file: 'agent/store/agent-store.ts',
    before: 'if (taken.length > 0) await this.#file.write(',
    after: 'if (taken.length > 0) void this.#file.write(',
    models: 'An update resolves before it is written: a crash takes a word back.',
    breaks: [3, 4],
  },
  {
    name: 'number-given-out-again',
    file: 'agent/store/agent-store.ts',
    before: 'activation: group.activation + RECOVERY_LEAP }',
    after: 'activation: group.activation }',
    models: 'After the newest copy was lost, its activation number is used for something else.',
    breaks: [3, 4],
  },
  {
    name: 'collects-the-last-good',
    file: 'agent/store/group-record.ts',
    before: 'return [active, good, previous, committed, candidate, proof].filter(',
    after: 'return [active, committed, candidate, proof].filter(',
    models: 'The generation to fall back to is removed as not needed.',
    breaks: [5, 12],
    // What was superseded stays in memory, and is not collected, until the next activation: it takes a restart, a
    // verdict, and a way back within one generation. No seed of 100 brings that about.
    reach: 'tests',
  },
  {
    name: 'lower-epoch-obeyed',
    file: 'agent/groups/group-host.ts',
    before: 'if (against < 0)',
    after: 'if (against < -1)',
    models: 'An off-by-one in the fence: the central that was deposed last is obeyed.',
    breaks: [8],
  },
  {
    name: 'epoch-kept-in-memory',
    file: 'agent/groups/group-host.ts',
    before: 'this.#options.store.update(state => ({ ...state, timeline, epoch })),',
    after: 'this.#options.store.update(state => state),',
    models: 'The highest epoch is forgotten by a restart: an older central is obeyed then.',
    breaks: [8],
  },
  {
    name: 'restart-serves-what-nobody-applied',
    file: 'agent/groups/take-input.ts',
    before: "if (!input.recovered && active.outcome === 'applied') {",
    after: 'if (!input.recovered) {',
    models: 'A restart goes on with a candidate that no process has applied.',
    breaks: [2, 4],
  },
  {
    name: 'staged-activates-itself',
    file: 'agent/groups/wanted.ts',
    before: 'if (wantsCandidate && state.desire.candidate?.activate === true)',
    after: 'if (wantsCandidate)',
    models: 'A staged candidate is run without central having said so.',
    breaks: [2, 3],
  },
  {
    name: 'runs-unprepared',
    file: 'agent/groups/reconcile.ts',
    before:
      'return !sameGeneration(staging, goal) || sameGeneration(draft.state.prepared?.candidate ?? null, goal)',
    after: 'return true',
    models: 'A candidate is activated before the processes that prepare have said yes.',
    breaks: [2, 3],
  },
  {
    name: 'quarantine-lifts-itself',
    file: 'agent/groups/reconcile.ts',
    before: 'if (desire.timeline === record.retryTimeline && desire.retry <= record.retry) return',
    after: 'if (desire.timeline === record.retryTimeline && desire.retry < record.retry) return',
    models: 'Any word of central is taken for an admin’s retry: what crash-looped here is run again.',
    breaks: [4, 5],
  },
  {
    name: 'step-back-unreported',
    file: 'agent/groups/reconcile.ts',
    before:
      'if (active === null || sameGeneration(active, goal) || goal.revision > active.revision) return null',
    after:
      'if (active === null || sameGeneration(active, goal) || goal.revision !== active.revision) return null',
    models: 'A node goes to a lower revision and does not say so.',
    breaks: [4],
  },
  {
    name: 'loop-seen-only-while-asked',
    file: 'agent/groups/reconcile.ts',
    before:
      'if (guard === null || falling !== null || record.active === null || loopingProcess(guard) === undefined)',
    after:
      'if (guard === null || draft.state.applying === null || falling !== null || record.active === null || loopingProcess(guard) === undefined)',
    models: 'Processes that die again and again of what they said they applied are left to it.',
    breaks: [3, 5],
  },
])
