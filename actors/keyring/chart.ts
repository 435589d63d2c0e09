import type { On } from '../vocabulary/chart.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit } from '../vocabulary/instruction.ts'

/** How far the keys of gossip are. Only numbers: the keys themselves are derived outside, from a secret. */
export interface KeyringContext {
  /** Of the newest key; 1 is the cluster's first. */
  readonly generation: number
  /** Wall clock at which the phase began. */
  readonly sinceMs: number
  /** Who asked for this rotation. */
  readonly by: string
  /** A node was removed since the newest key was made: another rotation must follow. */
  readonly owed: boolean
}

export type KeyringPhase = 'settled' | 'installing' | 'using' | 'removing'

export type KeyringEvent =
  | { readonly type: 'ROTATE'; readonly by: string }
  /** Every member that was waited for holds what this phase told it; `missing` ones are not waited for any longer. */
  | {
      readonly type: 'HELD'
      readonly generation: number
      readonly phase: KeyringPhase
      readonly missing: readonly string[]
    }
  | { readonly type: 'OWE' }

type Held = On<KeyringEvent, 'HELD'>

/**
 * The rotation of gossip's group key: the new key opens packets everywhere before it seals any, and seals everywhere
 * before the old one is forgotten. Each step is a record, so a central that dies in between goes on where it was.
 */
export const keyringChart = defineChart<KeyringContext>({
  kind: 'keyring',
  name: 'keyring@1',
  initialContext: (_, at) => ({ generation: 1, sinceMs: at.wallMs, by: 'system', owed: false }),
  config: {
    initial: 'settled',
    on: { OWE: { actions: 'noteOwed' } },
    states: {
      settled: { on: { ROTATE: { target: 'installing', actions: ['noteRotation', 'announceRotation'] } } },
      installing: { on: { HELD: next('using') } },
      using: { on: { HELD: next('removing') } },
      removing: { on: { HELD: next('settled') } },
    },
  },
  guards: {
    isOfPhase: ({ generation }, event: Held, { to }: { readonly to: string }) =>
      event.generation === generation && AFTER[event.phase] === to,
  },
  updates: {
    noteRotation: ({ generation }, { by, at }: On<KeyringEvent, 'ROTATE'>) => ({
      generation: generation + 1,
      sinceMs: at.wallMs,
      by,
      owed: false,
    }),
    noteHeld: (_, { at }: Held) => ({ sinceMs: at.wallMs }),
    noteOwed: () => ({ owed: true }),
  },
  instructions: {
    announceRotation: ({ generation }) => emit('keyring.moved', { generation, phase: 'installing' }),
    announceHeld: ({ generation }, { phase }: Held) =>
      emit('keyring.moved', { generation, phase: AFTER[phase] }),
  },
})

const AFTER: Readonly<Record<KeyringPhase, KeyringPhase>> = {
  settled: 'installing',
  installing: 'using',
  using: 'removing',
  removing: 'settled',
}

function next(phase: KeyringPhase) {
  return {
    guard: { type: 'isOfPhase', params: { to: phase } },
    target: phase,
    actions: ['noteHeld', 'announceHeld'],
  }
}
