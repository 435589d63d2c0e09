import type { EventView } from '../../engine/views.ts'
import type { Output } from '../../kernel/input.ts'
import { isoTime } from './iso-time.ts'
import { outputIdText } from './record-index.ts'

/** The type of outputs that are audit entries: they have a reader of their own. */
export const AUDIT_OUTPUT = 'audit'

interface RecordOf {
  readonly timeline: number
  readonly seq: number
  readonly wallMs: number
}

/** The public events of a record: its outputs but for the audit. K is the place among all outputs. */
export function eventViews(
  { timeline, seq, wallMs }: RecordOf,
  outputs: readonly Output[],
): readonly EventView[] {
  const at = isoTime(wallMs)
  return outputs.flatMap(({ type, address, data }, k) =>
    type === AUDIT_OUTPUT ? [] : [{ id: outputIdText({ timeline, seq, k }), type, at, address, data }],
  )
}
