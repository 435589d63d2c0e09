/** What a process can measure of itself and its machine without asking anybody. */
export interface Gauge {
  /** How late the event loop ran since the last call, in milliseconds. */
  takeLoopLag(): { readonly p99Ms: number; readonly maxMs: number }
  /** Processor time of this process, user and system, since its start. */
  cpuMs(): number
  /** Load average over one minute; 0 where there is none. */
  load1(): number
  memory(): { readonly rssBytes: number; readonly freeBytes: number; readonly totalBytes: number }
  /** Stops measuring. */
  stop(): void
}
