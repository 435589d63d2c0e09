const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** JSON Schema pattern of what `parseDuration` reads. */
export const DURATION_PATTERN = '^([0-9]{1,9}(ms|s|m|h|d))+$'

/** Milliseconds of `90s`, `24h`, `1h30m`, `7d`, `250ms`; undefined for anything else, and beyond a century. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined
  let totalMs = 0
  for (const [, count, unit] of text.matchAll(/([0-9]+)(ms|s|m|h|d)/g))
    totalMs += Number(count) * (UNITS_MS[unit ?? ''] ?? 0)
  return totalMs <= 36_525 * 86_400_000 ? totalMs : undefined
}
