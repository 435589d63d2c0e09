import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { nodeClock } from '../../runtime/ports/node/node-clock.ts'
import { ClientCore, type Outcome } from './client-core.ts'
import type { KonorClient } from './konor-client.ts'
import type { Snapshot } from './snapshot.ts'

const GROUP = 'test'

/** What the process under test answered. */
export type TestOutcome =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'rejected'; readonly reason: string }

export interface TestClient extends KonorClient {
  /** Activates these values, all of them, as the agent would; resolves with what the listeners made of it. */
  push(values: Readonly<Record<string, CborValue>>): Promise<TestOutcome>
  /** Offers these values without activating them; resolves with what the prepare listeners say. */
  prepare(values: Readonly<Record<string, CborValue>>): Promise<TestOutcome>
  /** Shows the snapshot as stale or fresh, as when central goes away and comes back. */
  setStale(stale: boolean): void
}

/**
 * A client without an agent, for the unit tests of programs: it behaves as the real one does (swapped before the
 * listeners run, one change at a time, values encoded and decoded on the way), and `push` takes the place of a rollout.
 */
export function createTestClient(initialValues: Readonly<Record<string, CborValue>> = {}): TestClient {
  const awaited = new Map<string, (outcome: TestOutcome) => void>()
  const core = new ClientCore({
    group: GROUP,
    clock: nodeClock,
    settleMs: 0,
    acknowledge: outcome => {
      awaited.get(keyOf(outcome))?.(answerOf(outcome))
      awaited.delete(keyOf(outcome))
    },
    warn: message => process.emitWarning(message, { type: 'KonorWarning', code: 'KONOR_SDK_TYPE' }),
  })
  core.meet(snapshotOf(initialValues, 1), false, true)
  let closed = false
  const ask = (phase: Outcome['phase'], activation: number, tell: () => void): Promise<TestOutcome> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Error('the test client is closed'))
      awaited.set(keyOf({ phase, activation }), resolve)
      tell()
    })
  const close = async (): Promise<void> => {
    closed = true
    core.close()
  }
  return {
    get: (key, fallback) => core.get(key, fallback),
    get snapshot() {
      return core.snapshot
    },
    onPrepare: listener => core.onPrepare(listener),
    onChange: listener => core.onChange(listener),
    push: async values => {
      const next = snapshotOf(values, core.snapshot.activation + 1)
      return ask('applied', next.activation, () => core.change(next))
    },
    prepare: async values => {
      const candidate = snapshotOf(values, core.snapshot.activation + 1)
      return ask('prepare', candidate.activation, () => core.prepare(candidate))
    },
    setStale: stale => core.setStale(stale),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function snapshotOf(values: Readonly<Record<string, CborValue>>, activation: number): Snapshot {
  const digest = digestOf(values)
  return {
    group: GROUP,
    revision: activation,
    digest,
    activation,
    stale: false,
    values: structuredClone(values),
  }
}

function answerOf({ outcome, reason }: Outcome): TestOutcome {
  return outcome === 'ok' ? { outcome } : { outcome, reason: reason ?? '' }
}

function keyOf({ phase, activation }: Pick<Outcome, 'phase' | 'activation'>): string {
  return `${phase}/${activation}`
}
