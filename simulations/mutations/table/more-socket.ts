import { mutationsOf } from '../mutation.ts'

const SOCKET = ['agent/socket/*', 'agent/groups/*', 'agent/sdk/*', 'agent/*']

/** More of the way to processes: connections that end, and acknowledgements that get lost. */
export const moreSocketMutations = mutationsOf('socket', SOCKET, [
  {
    name: 'fresh-without-an-agent',
    file: 'agent/sdk/group-feed.ts',
    before: 'this.#options.core.setStale(true)\n    if (this.#ended) return',
    after: 'if (this.#ended) return',
    models: 'A process whose agent is gone goes on believing that what it holds is fresh.',
    breaks: [2],
  },
  {
    name: 'lost-rejection-becomes-a-yes',
    file: 'agent/sdk/client-core.ts',
    before:
      'if (this.#lastOutcome?.activation === activation) return this.#options.acknowledge(this.#lastOutcome)',
    after: '',
    models: 'A verdict whose answer got lost is not said again: after the settle time it is a yes.',
    breaks: [3],
  },
  {
    name: 'unanswered-ack-is-forgotten',
    file: 'agent/sdk/group-feed.ts',
    before: "if (!isKonorError(error, 'KONOR_SOCKET_STALE_ACK')) connection.destroy()",
    after: "if (isKonorError(error, 'KONOR_SOCKET_DISCONNECTED')) connection.destroy()",
    models:
      'An acknowledgement that was not answered in time is never said again on a connection that lives.',
    breaks: [5],
  },
  {
    name: 'sent-bytes-count-for-ever',
    file: 'agent/socket/socket-outbox.ts',
    before: 'this.#waitingBytes -= frame.length\n',
    after: '',
    models:
      'What a slow reader took in the end counts as waiting still: one day its connection stands for good.',
    breaks: [5, 12],
  },
  {
    name: 'forgets-the-newest-activation',
    file: 'agent/socket/served-states.ts',
    before: 'states.delete(Math.min(...states.keys()))',
    after: 'states.delete(Math.max(...states.keys()))',
    models: 'Of the activations that processes may ask for the newest is forgotten instead of the oldest.',
    breaks: [2, 5],
  },
  {
    name: 'crowded-change-skips-what-was-known',
    file: 'agent/sdk/client-core.ts',
    before: 'else this.#jobs[at] = { ...job, previous: waiting.previous }',
    after: 'else this.#jobs[at] = job',
    models: 'A listener that is far behind is told of a change from something that it was never told of.',
    reach: 'tests',
    breaks: [2],
  },
])
