const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Pattern of a duration in a manifest: `500ms`, `90s`, `10m`, `24h`, `7d`. */
export const DURATION_PATTERN = '^[1-9][0-9]{0,8}(ms|s|m|h|d)$'

/** Milliseconds of a duration that matches `DURATION_PATTERN`. */
export function durationMs(text: string): number {
  const match = new RegExp(DURATION_PATTERN).exec(text)
  const unit = UNITS[match?.[1] ?? '']
  if (match === null || unit === undefined) throw new RangeError(`not a duration: ${text}`)
  return Number.parseInt(text, 10) * unit
}
