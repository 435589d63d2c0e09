import type { Random } from '../ports/random.ts'

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The trace id of a W3C `traceparent`; undefined when it is malformed or all zero. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || /^0+$/.test(traceId) || spanId === undefined || /^0+$/.test(spanId))
    return undefined
  return traceId
}

/**
 * The trace context that a request goes on with: the caller's trace with a span of our own, or a new trace when the
 * caller sent none or a malformed one (W3C Trace Context, section 3.2: a malformed one is ignored).
 */
export function continueTrace(received: string | undefined, random: Random): string {
  const traceId = (received === undefined ? undefined : traceIdOf(received)) ?? hex(random, 16)
  const flags = received === undefined ? '01' : (TRACEPARENT.exec(received)?.[3] ?? '01')
  return `00-${traceId}-${hex(random, 8)}-${flags}`
}

function hex(random: Random, sizeBytes: number): string {
  return Buffer.from(random.bytes(sizeBytes)).toString('hex')
}
