import { createHmac } from 'node:crypto'
import { SOURCE_BURST_PACKETS, SOURCE_CELLS, SOURCE_PACKETS_PER_SECOND } from './wire-limits.ts'

/** Bounds what strangers can make this process do. */
export interface SourceLimiter {
  /** Whether one more packet of an unknown session from this host may be looked at now. */
  admits(host: string, nowMs: number): boolean
}

/**
 * Token buckets in a table that is allocated once: a source has the cell that a keyed hash of its address names, so
 * nobody outside can aim at the cell of another, and a flood from a million addresses takes no memory. Hosts that
 * share a cell share its tokens, which only delays a first meeting: known sessions never come here.
 */
export function createSourceLimiter(secret: Uint8Array): SourceLimiter {
  const tokens = new Float64Array(SOURCE_CELLS).fill(SOURCE_BURST_PACKETS)
  const filledAtMs = new Float64Array(SOURCE_CELLS)
  return {
    admits(host, nowMs) {
      const cell = createHmac('sha256', secret).update(host).digest().readUInt32BE() % SOURCE_CELLS
      const sinceMs = Math.max(0, nowMs - (filledAtMs[cell] ?? nowMs))
      const gained = (sinceMs / 1_000) * SOURCE_PACKETS_PER_SECOND
      const held = Math.min(SOURCE_BURST_PACKETS, (tokens[cell] ?? 0) + gained)
      filledAtMs[cell] = nowMs
      tokens[cell] = held < 1 ? held : held - 1
      return held >= 1
    },
  }
}
