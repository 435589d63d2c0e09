/** What a process of looping readers saw. */
export interface LoopReport {
  readonly reads: number
  /** Snapshots that were another than the one read before. */
  readonly swaps: number
  /** Mixed reads and steps backward, the first few. */
  readonly faults: readonly string[]
}
