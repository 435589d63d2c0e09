import { type Experiment, runExperiment } from '../../../runtime/gossip/simulation/experiment.ts'

// Runs experiments of the gossip simulation, one after the other, as they are handed to it.
process.on('message', (experiment: Experiment) => {
  process.send?.(runExperiment(experiment))
})
