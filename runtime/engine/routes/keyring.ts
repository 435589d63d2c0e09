import type { KeyringContext, KeyringPhase } from '../../../actors/keyring/chart.ts'
import { KEYRING } from '../../../actors/vocabulary/addresses.ts'
import { type Instruction, spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import { contextOf, isIn, valueOf } from '../../kernel/actor-record.ts'
import type { Route } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { refuse } from './refusals.ts'

const FIRST_GENERATION = 1

/** Begins a rotation of gossip's key. One at a time: two new keys at once could leave members without a common one. */
export const rotateKeyringRoute: Route = (view, input) => {
  const record = view.get(KEYRING)
  const generation = record === undefined ? FIRST_GENERATION : contextOf<KeyringContext>(record).generation
  const audit = { action: 'keyring.rotate', resource: KEYRING, detail: { generation: generation + 1 } }
  if (record !== undefined && !isIn(record, 'settled')) {
    const phase = valueOf(record)
    const message = `the rotation to key ${generation} is still ${String(phase)}: wait for it`
    return refuse('KONOR_GOSSIP_ROTATING', message, { generation, phase }, audit)
  }
  return {
    audit,
    reply: { generation: generation + 1 },
    instructions: [
      ...(record === undefined ? [spawn(KEYRING, {})] : []),
      tell(KEYRING, { type: 'ROTATE', by: input.by }),
    ],
  }
}

/** Somebody who knows the key is not to use it any more. */
export function oweRotation(view: StateView): Instruction[] {
  return [...(view.get(KEYRING) === undefined ? [spawn(KEYRING, {})] : []), tell(KEYRING, { type: 'OWE' })]
}

/** The leader saw that the phase is through. Said again, or of another phase, it changes nothing. */
export const advanceKeyringRoute: Route = (view, input) => {
  const { generation, phase, missing } = input.body as unknown as {
    readonly generation: number
    readonly phase: KeyringPhase
    readonly missing: readonly string[]
  }
  const record = view.get(KEYRING)
  const isOf =
    record !== undefined && isIn(record, phase) && contextOf<KeyringContext>(record).generation === generation
  if (!isOf) return { reply: null, instructions: [] }
  return {
    audit: {
      action: 'keyring.advance',
      resource: KEYRING,
      detail: { generation, phase, missing: [...missing] },
    },
    reply: null,
    instructions: [tell(KEYRING, { type: 'HELD', generation, phase, missing: [...missing] })],
  }
}
