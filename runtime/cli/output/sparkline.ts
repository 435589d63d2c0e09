const BARS = '▁▂▃▄▅▆▇█'

/** One bar for each value, from zero to the highest; a gap for one that is absent. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const highest = Math.max(...values.map(value => value ?? 0))
  return values.map(value => (value === undefined ? ' ' : barOf(value, highest))).join('')
}

function barOf(value: number, highest: number): string {
  const step = highest <= 0 ? 0 : Math.round((value / highest) * (BARS.length - 1))
  return BARS[Math.min(Math.max(step, 0), BARS.length - 1)] ?? ' '
}
