import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/** A place in the journal: what `Konor-Index` says. */
export interface RecordIndex {
  readonly timeline: number
  readonly seq: number
}

/** One output of a record: what an event or audit entry is called. `k` counts the outputs of its record. */
export interface OutputId extends RecordIndex {
  readonly k: number
}

const INDEX = /^([1-9]\d{0,15})-(0|[1-9]\d{0,15})$/
const OUTPUT_ID = /^([1-9]\d{0,15})-(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})$/

/** `TIMELINE-SEQ`. */
export function indexText({ timeline, seq }: RecordIndex): string {
  return `${timeline}-${seq}`
}

/** `TIMELINE-SEQ.K`. */
export function outputIdText({ timeline, seq, k }: OutputId): string {
  return `${timeline}-${seq}.${k}`
}

/** The inverse of `indexText`; `KONOR_ENGINE_INVALID` for any other text. */
export function parseIndex(text: string): RecordIndex {
  const [, timeline, seq] = INDEX.exec(text) ?? []
  if (timeline === undefined) throw malformed('an index', text, 'TIMELINE-SEQ, as `Konor-Index` gives it')
  return { timeline: Number(timeline), seq: Number(seq) }
}

/** The inverse of `outputIdText`; `KONOR_ENGINE_INVALID` for any other text. */
export function parseOutputId(text: string): OutputId {
  const [, timeline, seq, k] = OUTPUT_ID.exec(text) ?? []
  if (timeline === undefined) throw malformed('an event id', text, 'TIMELINE-SEQ.K, as a stream gave it')
  return { timeline: Number(timeline), seq: Number(seq), k: Number(k) }
}

function malformed(what: string, text: string, expected: string): KonorError {
  return new KonorError(
    'KONOR_ENGINE_INVALID',
    `${JSON.stringify(text.slice(0, 64))} is not ${what}: ${expected}`,
  )
}
