import type { RehearsalOutcome } from '../../rehearsals/rehearsal-outcome.ts'

/** To a worker: the next seed. */
export interface SeedMessage {
  readonly seed: number
}

/** From a worker: it has built its cluster, or it has played a seed. Either asks for the next one. */
export type WorkerMessage = { readonly ready: true } | { readonly outcome: RehearsalOutcome }
