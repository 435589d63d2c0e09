import type { KeyringContext, KeyringPhase } from '../../../actors/keyring/chart.ts'
import { KEYRING } from '../../../actors/vocabulary/addresses.ts'
import { contextOf, valueOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'

/** Which keys everyone shall hold now, as the journal says. */
export interface KeyStage {
  readonly generation: number
  readonly phase: KeyringPhase
  /** Wall clock of its beginning; 0 before the first rotation. */
  readonly sinceMs: number
  readonly owed: boolean
}

const PHASES: readonly KeyringPhase[] = ['installing', 'using', 'removing', 'settled']

export function keyStageOf(view: StateView): KeyStage {
  const record = view.get(KEYRING)
  if (record === undefined) return { generation: 1, phase: 'settled', sinceMs: 0, owed: false }
  const { generation, sinceMs, owed } = contextOf<KeyringContext>(record)
  return { generation, phase: valueOf(record) as KeyringPhase, sinceMs, owed }
}

/** Generations of the keys to hold, the one to seal with first. */
export function generationsOf({ generation, phase }: KeyStage): readonly [number, ...number[]] {
  if (phase === 'installing') return [generation - 1, generation]
  return phase === 'using' ? [generation, generation - 1] : [generation]
}

/** A number that only grows from stage to stage: what an agent answers says which stage it holds. */
export function stageNumber({ generation, phase }: KeyStage): number {
  return generation * PHASES.length + PHASES.indexOf(phase)
}
