import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import type { ErrorCode } from '../../../actors/vocabulary/errors/index.ts'
import type { Audit, Routed } from '../../kernel/input.ts'

/** A refusal of a route, with its audit entry when the attempt is one that people ask about later. */
export function refuse(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, CborValue>> = {},
  audit?: Audit,
): Routed {
  const refusal = { code, message, details }
  return audit === undefined ? { refuse: refusal } : { refuse: refusal, audit }
}

export function notFound(what: string, name: string, audit?: Audit): Routed {
  return refuse('KONOR_ENGINE_NOT_FOUND', `there is no ${what} ${name}`, { what, name }, audit)
}
