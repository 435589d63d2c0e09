import { mutationsOf } from '../mutation.ts'

const LINK = ['runtime/links/*', 'runtime/central/link-host/*', 'agent/central-link/*', 'agent/*']

/** More of links: what is left over from the one before, and what is never said again. */
export const moreLinkMutations = mutationsOf('link', LINK, [
  {
    name: 'any-record-ends-the-waiting',
    file: 'agent/central-link/reporter.ts',
    before: 'if (this.#inFlight.size === 0) this.#cancelResend()',
    after: 'this.#cancelResend()',
    models: 'One report is recorded, and the others on their way are not said again when they are not.',
    breaks: [5],
  },
  {
    name: 'passing-refusal-is-final',
    file: 'agent/central-link/central-session.ts',
    before: 'if (mayBeGrantedLater(code)) return this.#options.link.close()\n',
    after: '',
    models: 'A token that central could not take just now is given up for good.',
    breaks: [5],
  },
  {
    name: 'older-link-silences-the-newer',
    file: 'runtime/central/link-host/desire-feed.ts',
    before: 'if (this.#nodes.get(receiver.node) === receiver) this.#nodes.delete(receiver.node)',
    after: 'this.#nodes.delete(receiver.node)',
    models: 'The link that was replaced ends, and with it what is told to its node on the new one.',
    breaks: [5],
  },
  {
    name: 'welcomed-node-is-not-looked-at',
    file: 'runtime/central/link-host/liveness-monitor.ts',
    before: 'a change that was on its way may have been folded after it.\n    this.#open.add(node)',
    after: 'a change that was on its way may have been folded after it.',
    models: 'A node comes back while its death is on its way into the journal, and stays dead there.',
    breaks: [10],
  },
  {
    name: 'fetches-are-never-over',
    file: 'runtime/central/link-host/session.ts',
    before: '.finally(() => this.#fetches--)',
    after: '.finally(() => undefined)',
    models: 'Every chunk that was ever asked for on a link counts as under way: after sixteen none is given.',
    breaks: [5],
  },
  {
    name: 'only-the-first-retry-is-news',
    file: 'runtime/central/link-host/desire-feed.ts',
    before: 'const base = `${retry} ${committed?.revision}:${committed?.digest}`',
    after: 'const base = `${retry > 0} ${committed?.revision}:${committed?.digest}`',
    models: "An admin's second retry of a group does not reach its nodes while their links live.",
    breaks: [5],
  },
  {
    name: 'removed-node-keeps-its-link',
    file: 'runtime/central/link-host/agent-links.ts',
    before: 'if (identityGone) queueMicrotask',
    after: 'if (identityGone && this.#greeting.size > 0) queueMicrotask',
    models: 'A node that was removed stays linked until its link breaks by itself.',
    breaks: [8],
  },
  {
    name: 'room-is-awaited-on-a-dead-link',
    file: 'runtime/links/blob-fetcher.ts',
    before: 'this.#link = link\n    this.#waitsForRoom = false',
    after: 'this.#link = link',
    models:
      'A link breaks while it is too full to ask for a chunk, and on the next one nothing is ever asked for.',
    breaks: [5],
  },
])
