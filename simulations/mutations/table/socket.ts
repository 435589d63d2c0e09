import { mutationsOf } from '../mutation.ts'

const SOCKET = ['agent/socket/*', 'agent/groups/*', 'agent/sdk/*', 'agent/*']

/** Between agent and process: acknowledgements, and one generation at a time. */
export const socketMutations = mutationsOf('socket', SOCKET, [
  {
    name: 'acknowledgement-of-another',
    file: 'agent/groups/take-input.ts',
    before: "if (phase === 'applied' && applying?.activation === activation)",
    after: "if (phase === 'applied' && applying !== null)",
    models: 'A late acknowledgement of the activation before counts for this one.',
    breaks: [3],
    // A second line of defence: `GroupHost.acknowledge` turns away what is not of the active generation, and a round is
    // never of another one. Only the core alone can be asked.
    reach: 'tests',
  },
  {
    name: 'death-is-a-goodbye',
    file: 'agent/groups/take-input.ts',
    before: 'withdraw(draft, registration, brokeOff)',
    after: 'withdraw(draft, registration, left)',
    models: 'A process that dies on the candidate owes nothing any more.',
    breaks: [3],
  },
  {
    name: 'newcomer-owes-nothing',
    file: 'agent/groups/take-input.ts',
    before: ': joined(state.applying, key, process, heldActivation === state.applying.activation)',
    after: ': state.applying',
    models: 'A process that first meets the candidate in hello is not asked.',
    breaks: [3],
  },
  {
    name: 'silence-is-consent',
    file: 'agent/groups/round.ts',
    before: "result: { ok: false, reason: bounded([...all.slice(0, NAMED_MAX), ...more].join('; ')) },",
    after: 'result: { ok: true },',
    models: 'Who did not answer in time has applied.',
    breaks: [3],
  },
  {
    name: 'pieces-of-two-generations',
    file: 'agent/socket/snapshot-answers.ts',
    before:
      'if (activation === undefined && offset > 0 && fetching?.group === group) return fetching.generation',
    after: '',
    models: 'Later pieces of a snapshot come from the generation that is active by then.',
    breaks: [2],
  },
  {
    name: 'bytes-of-now-for-an-older-state',
    file: 'agent/socket/served-states.ts',
    before: 'const bundle = state === undefined ? undefined : this.#service.bundle(group, activation)',
    after: 'const bundle = state === undefined ? undefined : this.#service.bundle(group)',
    models: 'The values of the active generation are sent under the number of the one before.',
    breaks: [2],
  },
  {
    name: 'old-connection-ends-the-new-one',
    file: 'agent/socket/session.ts',
    before: 'if (this.#context.holders.get(key) !== this) continue',
    after: 'if (!this.#context.holders.has(key)) continue',
    models: 'The end of a connection that was taken over ends the registration that lives on elsewhere.',
    breaks: [3],
  },
  {
    name: 'older-activation-swapped-in',
    file: 'agent/sdk/client-core.ts',
    before: 'if (activation < previous.activation) {',
    after: 'if (activation < 0) {',
    models: 'A change that was overtaken puts the older snapshot back.',
    breaks: [2, 4],
    // A connection brings changes in their order, and numbers rise beneath it for as long as its agent keeps its data
    // directory: only an operator who empties that while processes run brings a lower one about.
    reach: 'tests',
  },
  {
    name: 'listeners-before-the-swap',
    file: 'agent/sdk/client-core.ts',
    before:
      "    this.#swap(next)\n    this.#enqueue({ kind: 'change', previous, next: this.#snapshot, owed })",
    after:
      "    this.#enqueue({ kind: 'change', previous, next: frozenSnapshot(next), owed })\n    this.#swap(next)",
    models: 'A listener is told of a change and reads the values before it.',
    breaks: [2],
  },
  {
    name: 'applied-before-the-listener-is-done',
    file: 'agent/sdk/client-core.ts',
    before: 'const reason = await this.#reasonAgainst(job)',
    after: 'const reason = await Promise.race([this.#reasonAgainst(job), Promise.resolve(undefined)])',
    models: 'The acknowledgement does not wait for listeners that take their time.',
    breaks: [3],
  },
  {
    name: 'rejection-is-late',
    file: 'agent/groups/round.ts',
    before:
      'if (!result.ok) return { ...round, result: { ok: false, reason: bounded(`${process}: ${result.reason}`) } }',
    after:
      'if (!result.ok && round.owing.size === 1) return { ...round, result: { ok: false, reason: bounded(`${process}: ${result.reason}`) } }',
    models: 'Only the last process that is asked can reject.',
    breaks: [3],
  },
])
