/** How two rows of one node become one: counters and sums add up, the rest keeps its end. */
export type Merge = 'sum' | 'min' | 'max'

/**
 * What is kept of a node for a stretch of time. All are whole numbers, so that a row takes some 60 bytes; what was not
 * measured is absent. A mean is a sum by its count.
 */
export const HEALTH_COLUMNS = {
  /** Heartbeats heard, and those whose statistics were refused. */
  heard: 'sum',
  refused: 'sum',
  /** Times that the journal made it suspect or offline. */
  suspicions: 'sum',
  /** Probes of central's that ended, and those without an answer. */
  probes: 'sum',
  probesLost: 'sum',
  /** Round trips from central, in microseconds. */
  centralCount: 'sum',
  centralSumUs: 'sum',
  centralMaxUs: 'max',
  /** Heartbeats with statistics: the count of everything below that has no other. */
  statistics: 'sum',
  /** The node's own median round trips to its peers, in microseconds. */
  peerCount: 'sum',
  peerSumUs: 'sum',
  peerMinUs: 'min',
  peerMaxUs: 'max',
  /** Loss to its peers, per mille. */
  lossCount: 'sum',
  lossSumPm: 'sum',
  lossMaxPm: 'max',
  /** Lag of its event loop: sum of the 99th percentiles, and the worst, in tenths of milliseconds. */
  lagSum: 'sum',
  lagMax: 'max',
  /** Load average in hundredths, share of a processor per mille. */
  loadSum: 'sum',
  loadMax: 'max',
  cpuSumPm: 'sum',
  rssMaxKib: 'max',
  memoryFreeMinKib: 'min',
} as const satisfies Record<string, Merge>

export type HealthColumn = keyof typeof HEALTH_COLUMNS
export const HEALTH_COLUMN_NAMES = Object.keys(HEALTH_COLUMNS) as readonly HealthColumn[]

/** A row's measures; an absent one was not measured. */
export type HealthMeasures = Partial<Record<HealthColumn, number>>

/** Merges `value` into one column of `measures`. */
export function measure(measures: HealthMeasures, column: HealthColumn, value: number): void {
  const before = measures[column]
  if (before === undefined) measures[column] = value
  else if (HEALTH_COLUMNS[column] === 'sum') measures[column] = before + value
  else if (HEALTH_COLUMNS[column] === 'max' ? value > before : value < before) measures[column] = value
}

export function mergeMeasures(into: HealthMeasures, from: HealthMeasures): void {
  for (const column of HEALTH_COLUMN_NAMES) {
    const value = from[column]
    if (value !== undefined) measure(into, column, value)
  }
}
