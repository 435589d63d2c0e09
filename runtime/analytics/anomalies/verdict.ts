/** What a detector says after a step: the anomaly begins, is over, or nothing changed. */
export type Verdict = 'raise' | 'clear' | undefined

/** A detector's state with what its last step said. */
export interface Detected<State> {
  readonly state: State
  readonly verdict: Verdict
}
