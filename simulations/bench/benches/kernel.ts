import { benchKernel } from '../../../runtime/engine/kernel.bench.ts'
import type { Bench } from '../bench.ts'

export const kernelBench: Bench = {
  name: 'kernel',
  about: 'the fold: a group of 1,000 nodes takes four revisions, every node reporting each phase of each',
  async run() {
    const { foldPerSecond, replayPerSecond, transitions, records } = await benchKernel()
    return [
      {
        name: 'transitions',
        unit: '/s',
        ours: { value: foldPerSecond },
        goals: [{ of: 'value', atLeast: 150_000 }],
        note: `one step of one actor; ${transitions} of them in ${records} records; the best of several runs`,
      },
      {
        name: 'replayed transitions, outputs compared, state hashed',
        unit: '/s',
        ours: { value: replayPerSecond },
        goals: [{ of: 'value', atLeast: 100_000 }],
      },
    ]
  },
}
