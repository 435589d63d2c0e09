import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
} from './metric-table.ts'

type Labels<Names extends readonly string[]> = Readonly<Record<Names[number], string | number>>

/** Everything that a central measures of itself. Each call costs well under a microsecond and never throws. */
export interface Metrics {
  /** Counts `by` more (1 unless said). */
  count<Name extends CounterName>(
    name: Name,
    labels: Labels<(typeof COUNTERS)[Name]['labels']>,
    by?: number,
  ): void
  /** Sets a level. */
  set<Name extends GaugeName>(
    name: Name,
    labels: Labels<(typeof GAUGES)[Name]['labels']>,
    value: number,
  ): void
  /** Forgets every level of a gauge: before it is set anew from a list that may have become shorter. */
  resetGauge(name: GaugeName): void
  /** Notes one measurement, in the unit of the metric's name. */
  observe<Name extends HistogramName>(
    name: Name,
    labels: Labels<(typeof HISTOGRAMS)[Name]['labels']>,
    value: number,
  ): void
  /** Runs before each scrape: for levels that are cheaper to read when asked. Answers how to stop it. */
  onScrape(refresh: () => void): () => void
  /** The Prometheus text format, version 0.0.4. */
  text(): Promise<string>
}

/** Metrics with a registry of their own, so that several centrals may live in one process (tests, the demo). */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counters = build(
    COUNTERS,
    spec => new Counter<string>({ ...spec, labelNames: spec.labels, registers }),
  )
  const gauges = build(GAUGES, spec => new Gauge<string>({ ...spec, labelNames: spec.labels, registers }))
  const histograms = build(
    HISTOGRAMS,
    spec =>
      new Histogram<string>({ ...spec, labelNames: spec.labels, registers, buckets: [...spec.buckets] }),
  )
  const refreshers = new Set<() => void>([measureProcess(gauges, counters)])
  gauges.konor_build_info.set({ version }, 1)
  return {
    count: (name, labels, by = 1) => counters[name].inc(labels, by),
    set: (name, labels, value) => gauges[name].set(labels, value),
    resetGauge: name => gauges[name].reset(),
    observe: (name, labels, value) => histograms[name].observe(labels, value),
    onScrape(refresh) {
      refreshers.add(refresh)
      return () => refreshers.delete(refresh)
    },
    text() {
      for (const refresh of refreshers) refresh()
      return registry.metrics()
    },
  }
}

function build<Table extends object, Metric>(
  table: Table,
  make: (spec: Table[keyof Table] & { readonly name: string }) => Metric,
): Readonly<Record<keyof Table, Metric>> {
  const entries = Object.entries(table) as [string, Table[keyof Table]][]
  return Object.fromEntries(entries.map(([name, spec]) => [name, make({ ...spec, name })])) as Record<
    keyof Table,
    Metric
  >
}

/** Reads what the process itself uses, at each scrape. */
function measureProcess(
  gauges: Readonly<Record<GaugeName, Gauge<string>>>,
  counters: Readonly<Record<CounterName, Counter<string>>>,
): () => void {
  const lag = monitorEventLoopDelay({ resolution: 20 })
  lag.enable()
  let cpuBefore = 0
  gauges.konor_process_start_time_seconds.set(Math.round(performance.timeOrigin / 1000))
  return () => {
    const { user, system } = process.cpuUsage()
    const cpuNow = (user + system) / 1e6
    counters.konor_process_cpu_seconds_total.inc(Math.max(0, cpuNow - cpuBefore))
    cpuBefore = cpuNow
    gauges.konor_process_resident_memory_bytes.set(process.memoryUsage.rss())
    // The histogram is empty (NaN) until its first tick.
    gauges.konor_event_loop_lag_seconds.set(finite(lag.percentile(99)) / 1e9)
    lag.reset()
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
