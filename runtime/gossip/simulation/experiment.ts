import type { Protocol } from './cluster.ts'
import { detectOnce, type DetectionRun, ours, PEER } from './detection-table.ts'
import { MODES } from './lifeguard-table.ts'
import { type LossyRun, runLossy } from './lossy-run.ts'
import { runStalls, type StallPoint, type StallRun } from './stall-run.ts'

/** One run of one protocol, in words that can be sent to another thread. */
export type Experiment = {
  /** A preset of ours, `memberlist`, or `swim` and `lifeguard` as the Lifeguard paper compares them. */
  readonly protocol: string
  readonly seed: string
} & (
  | { readonly kind: 'detection'; readonly members: number }
  | { readonly kind: 'stalls'; readonly point: StallPoint }
  | { readonly kind: 'lossy'; readonly members: number; readonly hours: number; readonly loss: number }
)

export type ExperimentResult = DetectionRun | StallRun | LossyRun

const PROTOCOLS: readonly Protocol[] = [PEER, ...MODES, ours('safe'), ours('fast'), ours('wan')]

/** The same experiment gives the same result wherever it runs. */
export function runExperiment(experiment: Experiment): ExperimentResult {
  const protocol = PROTOCOLS.find(({ name }) => name === experiment.protocol)
  if (protocol === undefined) throw new RangeError(`There is no protocol ${experiment.protocol}`)
  const { seed } = experiment
  switch (experiment.kind) {
    case 'detection':
      return detectOnce(protocol, experiment.members, seed)
    case 'stalls':
      return runStalls(protocol, experiment.point, seed)
    case 'lossy':
      return runLossy(protocol, experiment.members, experiment.hours, experiment.loss, seed)
  }
}
