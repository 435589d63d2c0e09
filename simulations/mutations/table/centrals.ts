import { mutationsOf } from '../mutation.ts'

const CENTRALS = ['runtime/engine/follower', 'runtime/engine/hold-lease', 'runtime/central/compose-replica']

/** Several centrals on one log: following, silence, claims, lease, and what a deposed leader still does. */
export const centralMutations = mutationsOf('scheduler', CENTRALS, [
  {
    name: 'claims-without-waiting',
    file: 'runtime/engine/silence.ts',
    before: 'const patienceMs = (SILENT_LEASES + random.fraction()) * leaseMs',
    after: 'const patienceMs = random.fraction() * leaseMs',
    models: 'A contender claims as soon as one beat is late: centrals depose one another for ever.',
    breaks: [8],
  },
  {
    name: 'one-silent-lease-is-enough',
    file: 'runtime/engine/silence.ts',
    before: 'export const SILENT_LEASES = 3',
    after: 'export const SILENT_LEASES = 1',
    models: 'A beat that is lost or late costs a healthy leader its place.',
    breaks: [8],
  },
  {
    name: 'silence-by-the-wall',
    file: 'runtime/engine/silence.ts',
    before: `    const dueMs = clock.monotonicMs() + patienceMs
    this.#cancel()
    this.#cancel = clock.startTimer(patienceMs, () => {
      if (clock.monotonicMs() - dueMs > TOLERATED_LAG_LEASES * leaseMs) this.#listen()
      else onSilent()
    })`,
    after: `    const dueMs = clock.wallMs() + patienceMs
    this.#cancel()
    const look = (): void => {
      if (clock.wallMs() >= dueMs) onSilent()
      else this.#cancel = clock.startTimer(leaseMs / 4, look)
    }
    look()`,
    models: 'Silence is measured by the wall clock: a jump of an hour is an hour of silence.',
    breaks: [8],
  },
  {
    name: 'standing-still-is-silence',
    file: 'runtime/engine/silence.ts',
    before: 'if (clock.monotonicMs() - dueMs > TOLERATED_LAG_LEASES * leaseMs) this.#listen()',
    after: 'if (clock.monotonicMs() - dueMs > 1_000 * leaseMs) this.#listen()',
    models: 'A contender that wakes claims before it has heard what was said meanwhile.',
    breaks: [8],
    // In the simulator what was said meanwhile is heard first; outside, timers come before sockets.
    reach: 'tests',
  },
  {
    name: 'beats-are-not-heard',
    file: 'runtime/engine/follower.ts',
    before: 'if (!isOver && epoch >= this.position.epoch) silence.heard()',
    after: 'if (!isOver && epoch > this.position.epoch) silence.heard()',
    models:
      'An off-by-one in epochs: beats of the leader that leads are ignored, and quiet clusters change leaders.',
    breaks: [8],
  },
  {
    name: 'leader-does-not-beat',
    file: 'runtime/engine/hold-lease.ts',
    before: '    cancelBeat = clock.startTimer(leaseMs, beat)\n',
    after: '',
    models: 'A leader says once that it lives.',
    breaks: [8],
  },
  {
    name: 'records-are-no-sign-of-life',
    file: 'runtime/engine/follower.ts',
    before: `          if (isOver) return
          silence.heard()
`,
    after: `          if (isOver) return
`,
    models: 'Only beats keep a leader in its place; a busy one whose beats are lost is deposed.',
    breaks: [8],
  },
  {
    name: 'claims-at-the-head',
    file: 'runtime/engine/create-leader.ts',
    before: '        expectedSeq: this.position.seq,\n',
    after: '        expectedSeq: (await journal.head()).seq,\n',
    models: 'A writer appends after whatever is last, not after what it has folded.',
    breaks: [6, 8],
  },
  {
    name: 'claims-the-same-epoch',
    file: 'runtime/central/take-lead.ts',
    before: 'const epoch = kernel.position.epoch + 1',
    after: 'const epoch = Math.max(1, kernel.position.epoch)',
    models: 'A takeover goes on in the epoch of the leader before: agents cannot tell the two apart.',
    breaks: [8],
  },
  {
    name: 'follower-skips-a-record',
    file: 'runtime/engine/follower.ts',
    before: '    const changed = new Set(kernel.replay(record).changed())\n',
    after: `    const { draft, position } = kernel.refold(record)
    const changed = new Set(draft.changed())
    if (seq % 7 === 0) Object.assign(kernel.state, { position })
    else kernel.commit(draft, position)
`,
    models: 'A follower drops the changes of some records: it reads, and later leads, with another state.',
    breaks: [6],
  },
  {
    name: 'follower-believes-outputs',
    file: 'runtime/kernel/kernel.ts',
    before: 'if (Buffer.compare(encoded, record.outputs) !== 0) {',
    after: 'if (encoded.length > 0 && record.outputs.length === 0) {',
    models: 'What a record folds to is not held against what its leader recorded.',
    breaks: [6],
    reach: 'tests',
  },
  {
    name: 'deposed-leader-does-not-look',
    file: 'runtime/engine/hold-lease.ts',
    before: 'if (timeline > order.timeline || epoch > order.epoch) return lose(outranked(epoch))',
    after: 'if (timeline > order.timeline) return lose(outranked(epoch))',
    models:
      'A leader that wakes after another has claimed goes on commanding its agents until it wants to write.',
    breaks: [8],
  },
  {
    name: 'cut-off-leader-stays',
    file: 'runtime/engine/hold-lease.ts',
    before: 'onSilent: () => lose(cutOff())',
    after: 'onSilent: () => undefined',
    models: 'A leader that cannot reach the log keeps its agents, which would be served elsewhere.',
    breaks: [5],
  },
  {
    name: 'deposed-leader-answers',
    file: 'runtime/engine/create-leader.ts',
    before: "    if (this.#isDeposed) throw noLeader('another central may lead')\n",
    after: '',
    models:
      'What becomes durable after the leader was deposed is still answered and told, from a state that is over.',
    breaks: [8],
    reach: 'tests',
  },
  {
    name: 'deposed-leader-keeps-its-links',
    file: 'runtime/central/compose-replica.ts',
    before: `      this.#leave()
      await closeAll(closers)`,
    after: `      this.#leave()
      void closers`,
    models: 'A deposed leader follows, and forgets to close what it had opened.',
    breaks: [8],
  },
  {
    name: 'loser-of-a-claim-stops',
    file: 'runtime/central/compose-replica.ts',
    before: "      logger.warn({ err: cause }, 'this central does not lead')\n",
    after: "      logger.warn({ err: cause }, 'this central does not lead')\n      this.#isClosing = true\n",
    models: 'Who loses a race for the lead is lost: after the next crash nobody is left.',
    breaks: [5],
  },
  {
    name: 'new-leader-forgets-the-outbox',
    file: 'runtime/engine/step-runner.ts',
    before: `  resume(): void {
    this.#takeUp(true)`,
    after: `  resume(): void {
    for (const { key } of this.#options.leader.view.effects().values()) this.#underWay.add(key)`,
    models: 'What the leader before owed the world is taken for under way.',
    breaks: [1],
  },
  {
    name: 'outbox-redone-without-a-look',
    file: 'runtime/engine/step-runner.ts',
    before: `  resume(): void {
    this.#takeUp(true)`,
    after: `  resume(): void {
    this.#takeUp(false)`,
    models: 'A new leader repeats what the one before may have done, without observing first.',
    breaks: [7],
    reach: 'tests',
    tests: ['runtime/engine/*'],
  },
])
