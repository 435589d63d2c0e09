import { parseArgs } from 'node:util'
import { simulate } from '../run/simulate.ts'
import { optionsOfSeed } from '../run/simulation-options.ts'

// node build/simulations/mutations/sweep.js --from 1 --to 20
// Runs seeds one after the other until one breaks a promise. Ends with 1 then, and says which: what a mutation is tried
// against. A seed that throws, or commits nothing, is a broken one, too.

const { values } = parseArgs({
  options: { from: { type: 'string', default: '1' }, to: { type: 'string', default: '20' } },
})

for (let seed = Number(values.from); seed <= Number(values.to); seed++) {
  const complaint = await complaintOf(seed)
  if (complaint === undefined) continue
  console.log(`seed ${seed}: ${complaint}`)
  process.exit(1)
}

async function complaintOf(seed: number): Promise<string | undefined> {
  try {
    const { violations, commits } = await simulate(optionsOfSeed(seed))
    const [first] = violations
    if (first !== undefined) return `promise ${first.promise}: ${first.what}`
    return commits === 0 ? 'nothing was committed, so nothing was shown' : undefined
  } catch (thrown) {
    return `the run threw: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`
  }
}
