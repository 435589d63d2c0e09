import { mutationsOf } from '../mutation.ts'

const AGENT = ['agent/store/*', 'agent/groups/*', 'agent/*', 'runtime/ports/**/*']

/** More of what a node keeps: counters, what others of its groups need, and verdicts. */
export const moreAgentStoreMutations = mutationsOf('agent-store', AGENT, [
  {
    name: 'failed-write-counts',
    file: 'agent/store/agent-store.ts',
    before:
      'await this.#file.write({ counter: this.#counter + 1, state: next })\n        this.#counter += taken.length > 0 ? 1 : 0',
    after: 'await this.#file.write({ counter: ++this.#counter, state: next })',
    models:
      'A write that failed and tore its copy is counted: the next one goes over the only copy that is sound.',
    reach: 'tests',
    breaks: [4, 12],
  },
  {
    name: 'collects-for-itself-alone',
    file: 'agent/groups/group-host.ts',
    before: 'this.#options.bundles.collect(digest => this.#isNeeded(digest))',
    after:
      'this.#options.bundles.collect(\n          digest => cell.bundles.has(digest) || digest === cell.state.record.good?.digest,\n        )',
    models: 'A group that clears up removes what the other groups of its node have stored.',
    breaks: [4, 5],
  },
  {
    name: 'recovered-store-reuses-boots',
    file: 'agent/store/agent-store.ts',
    before: 'return { ...state, boot: state.boot + RECOVERY_LEAP, groups }',
    after: 'return { ...state, groups }',
    models:
      'A start whose count was lost with the newest copy counts as the same again: its reports are old.',
    breaks: [5],
  },
  {
    name: 'forgiven-but-not-fetched',
    file: 'agent/groups/reconcile.ts',
    before: 'change(draft, { bundles: new Map(refusedFetches) })\n',
    after: '',
    models: 'An admin lifts the verdict over a bundle that could not be had, and it is passed again untried.',
    breaks: [5],
  },
  {
    name: 'reconnection-is-a-death',
    file: 'agent/groups/boot-loop-guard.ts',
    before: 'rest.delete(instance)\n',
    after: '',
    models: 'A process that comes back on another connection counts as dead: a few drops blame the revision.',
    breaks: [4],
  },
  {
    name: 'rejoining-counts-anew',
    file: 'agent/groups/reconcile.ts',
    before: 'emptyRecord(record.group, record.activation)',
    after: 'emptyRecord(record.group)',
    models: 'A node that joins a group again gives out activation numbers that its processes hold already.',
    breaks: [2, 4],
  },
  {
    name: 'new-directory-is-not-durable',
    file: 'runtime/ports/disk-on-files.ts',
    before: 'await files.syncDir(dirname(made))',
    after: 'void made',
    models:
      'The directories of a first start are not synced into their parents: a loss of power takes all of it.',
    breaks: [12],
  },
  {
    name: 'bye-leaves-the-round-open',
    file: 'agent/groups/round.ts',
    before: 'return finished({ ...round, owing: without(round.owing, key) })',
    after: 'return { ...round, owing: without(round.owing, key) }',
    models:
      'The last process that owed an answer says bye, and its revision is rejected when the time is up.',
    breaks: [5],
  },
])
