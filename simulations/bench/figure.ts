/** What a goal speaks of: the main number, the 99th percentile, or the ratio to what runs beside. */
export type GoalOf = 'value' | 'p99' | 'ratio'

export interface Goal {
  readonly of: GoalOf
  readonly atLeast?: number
  readonly atMost?: number
}

/** One measured thing. For times `value` is the median, unless a note says otherwise; else the figure itself. */
export interface Measured {
  readonly value: number
  readonly p99?: number
}

/** A peer or a floor that was measured in the same run, on the same machine and file system. */
export interface Beside extends Measured {
  readonly name: string
}

export type Unit = '/s' | 'B/s' | '×' | 'ms' | 'µs' | 'kB' | 'MB' | '%' | 'deaths' | 'packets'

/** One row of the benchmark. */
export interface Figure {
  readonly name: string
  readonly unit: Unit
  readonly ours: Measured
  readonly beside?: Beside
  readonly goals?: readonly Goal[]
  /** What a reader must know to judge the number. */
  readonly note?: string
}

/** Ours divided by what runs beside; undefined when nothing does. */
export function ratioOf({ ours, beside }: Figure): number | undefined {
  return beside === undefined ? undefined : ours.value / beside.value
}

/** Whether every goal is met; undefined when the figure has none. */
export function isMet(figure: Figure): boolean | undefined {
  const { goals } = figure
  if (goals === undefined || goals.length === 0) return undefined
  return goals.every(({ of, atLeast = -Infinity, atMost = Infinity }) => {
    const found = of === 'ratio' ? ratioOf(figure) : figure.ours[of]
    return found !== undefined && found >= atLeast && found <= atMost
  })
}
