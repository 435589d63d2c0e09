import { freemem, loadavg, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import type { Gauge } from './gauge.ts'

/** Twenty looks a second: what is shorter delays nobody, and many agents on one machine can afford it. */
const RESOLUTION_MS = 50

/** Measures this process. */
export function createNodeGauge(): Gauge {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  lag.enable()
  return {
    takeLoopLag() {
      const [p99Ms, maxMs] = [lagOf(lag.percentile(99)), lagOf(lag.max)]
      // Nothing was counted before the first turn; the histogram then says what it likes.
      const measured = lag.count === 0 ? { p99Ms: 0, maxMs: 0 } : { p99Ms, maxMs }
      lag.reset()
      return measured
    },
    cpuMs() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    },
    load1: () => loadavg()[0] ?? 0,
    memory: () => ({ rssBytes: process.memoryUsage.rss(), freeBytes: freemem(), totalBytes: totalmem() }),
    stop: () => void lag.disable(),
  }
}

/** The histogram holds what lay between two looks: lag is what goes beyond the time that was meant. */
function lagOf(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) : 0
}
