import { mutationsOf } from '../mutation.ts'

const LINK = ['runtime/links/*', 'runtime/central/link-host/*', 'agent/central-link/*', 'agent/*']

/** Between central and agent: reports, desires, bundles, fences. */
export const linkMutations = mutationsOf('link', LINK, [
  {
    name: 'nothing-said-at-link-up',
    file: 'agent/central-link/reporter.ts',
    before: 'for (const group of this.#options.groups()) this.#waiting.add(group)',
    after: '',
    models: 'A new link begins with silence: what happened while it was down stays unknown.',
    breaks: [5],
  },
  {
    name: 'unrecorded-report-forgotten',
    file: 'agent/central-link/reporter.ts',
    before: 'if (sent.sentAtMs <= dueMs) this.#takeBack(seq)',
    after: 'if (sent.sentAtMs <= dueMs) this.#land(seq)',
    models: 'A report that central did not record is given up instead of said again.',
    breaks: [1, 5],
  },
  {
    name: 'recorded-before-durable',
    file: 'runtime/central/link-host/session.ts',
    before: 'await leader.submitFact(reportInput(message, node))',
    after:
      "this.#say({ t: 'recorded', seq: message.seq })\n      await leader.submitFact(reportInput(message, node))",
    models: 'The agent hears that its report is recorded before it is: a crash of central loses it.',
    breaks: [1, 5],
  },
  {
    name: 'commands-below-the-agents',
    file: 'runtime/central/link-host/session.ts',
    before: 'if (isAhead(hello, leader.position)) await this.#host.onAgentAhead(hello)',
    after: '',
    models: 'A restored central does not rise above what its agents have heard: they refuse it for ever.',
    breaks: [5, 8],
    // A restore begins a timeline above every other in a simulation. It takes a second one, from a backup made before
    // the first, to bring about a central that is below what agents have heard.
    reach: 'tests',
  },
  {
    name: 'blob-not-verified',
    file: 'runtime/links/blob-fetcher.ts',
    before: "const isWhole = transfer.hash.digest('hex') === transfer.digest",
    after: 'const isWhole = transfer.receivedBytes === transfer.sizeBytes',
    models: 'A bundle of the right size is taken for the right one; the store is the last to look.',
    breaks: [12],
    reach: 'tests',
  },
  {
    name: 'chunk-taken-anywhere',
    file: 'runtime/links/blob-fetcher.ts',
    before: 'if (transfer === undefined || message.offset !== transfer.receivedBytes) return',
    after: 'if (transfer === undefined) return',
    models: 'A chunk that was asked for twice is counted twice.',
    breaks: [5],
    reach: 'tests',
  },
  {
    name: 'transfer-stays-asked-for',
    file: 'runtime/links/blob-fetcher.ts',
    before: 'for (const transfer of this.#transfers.values()) transfer.askedBytes = transfer.receivedBytes',
    after: '',
    models: 'After a link was replaced, what was asked for on the old one is awaited for ever.',
    breaks: [5],
  },
  {
    name: 'own-stall-is-their-silence',
    file: 'runtime/links/heartbeat.ts',
    before: 'if (lateMs > intervalMs / 2) heardAtMs = clock.monotonicMs()',
    after: 'void lateMs',
    models: 'A process that stood still calls its peers silent.',
    breaks: [10],
  },
  {
    name: 'committed-without-its-epoch',
    file: 'runtime/links/committed-proof.ts',
    before: 'const order = { timeline, epoch }',
    after: 'const order = { timeline, epoch: Math.min(epoch, 1) }',
    models: 'The proof of what is committed does not bind the epoch: an older one passes for a newer one.',
    breaks: [8, 12],
    reach: 'tests',
  },
  {
    name: 'fetches-beyond-its-groups',
    file: 'runtime/central/link-host/session.ts',
    before: 'if (!feed.names(this, message.digest)) {',
    after: 'if (message.digest.length === 0) {',
    models: 'A node may fetch the bundle of any group.',
    breaks: [2],
    reach: 'tests',
  },
  {
    name: 'welcomes-another-cluster',
    file: 'runtime/central/link-host/check-hello.ts',
    before: 'if (hello.cluster !== clusterId)',
    after: "if (hello.cluster === '' && hello.cluster !== clusterId)",
    models: 'An agent of another cluster is welcomed.',
    breaks: [8],
    reach: 'tests',
  },
  {
    name: 'gives-up-after-a-refusal',
    file: 'runtime/links/keep-linked.ts',
    before: 'return backoff.maxMs * (0.5 + random.fraction() / 2)',
    after: 'return Infinity',
    models: 'After one refusal an agent never comes back, whatever an admin repairs.',
    breaks: [5],
  },
])
