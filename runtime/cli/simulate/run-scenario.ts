import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { summaryOf } from '../../../simulations/run/run-summary.ts'
import { playScenario, tellScenario } from '../../../simulations/scenarios/play-scenario.ts'
import type { Scenario } from '../../../simulations/scenarios/scenario.ts'
import { SCENARIOS } from '../../../simulations/scenarios/scenarios.ts'
import type { Session } from '../session.ts'
import type { SimulateFlags } from './parse-simulate.ts'
import { rebased } from './render-failure.ts'
import { verdictOf } from './render-run.ts'

/** Flags that say what a scenario has decided already. */
const STRANGE = ['seed', 'seeds', 'jobs', 'for', 'set', 'only', 'shrink'] as const

/** `konor simulate --scenario NAME`; answers whether every promise was kept. */
export async function runScenario(session: Session, flags: SimulateFlags, name: string): Promise<boolean> {
  const strange = STRANGE.find(flag => flags[flag] !== undefined)
  if (strange !== undefined) throw usage(`--scenario says it all: leave --${strange} out`)
  if (name === 'list') return list(session)
  const scenario = SCENARIOS.find(one => one.name === name)
  if (scenario === undefined)
    throw usage(
      `--scenario: there is none called ${JSON.stringify(name)}; there are ${SCENARIOS.map(one => one.name).join(', ')}`,
    )
  const result = await playScenario(scenario)
  const { violations: found, ...rest } = summaryOf(result)
  const violations = found.map(one => rebased(one, result.stormAtMs))
  const summary = { ...rest, violations }
  const { about, shows } = scenario
  const { stormAtMs } = result
  const story = result
    .story()
    .filter(({ atMs }) => atMs >= stormAtMs)
    .map(line => ({ ...line, atMs: line.atMs - stormAtMs }))
  const { commits, traceHash } = summary
  const again = `again:   konor simulate --scenario ${name}\n`
  await session.print({
    data: { scenario: name, shows, about, violations, commits, traceHash, story },
    names: [`scenario/${name}`],
    text: () =>
      `${tellScenario(scenario, result)}\n${verdictOf(summary)}${violations.length === 0 ? '' : again}`,
  })
  return violations.length === 0 && commits > 0
}

async function list(session: Session): Promise<boolean> {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length))
  const line = ({ name, shows }: Scenario): string => `${name.padEnd(width)}  ${shows}\n`
  await session.print({
    data: { items: SCENARIOS.map(({ name, shows, about }) => ({ name, shows, about })) },
    names: SCENARIOS.map(({ name }) => `scenario/${name}`),
    text: () => SCENARIOS.map(line).join(''),
  })
  return true
}

function usage(message: string): KonorError {
  return new KonorError('KONOR_CLI_USAGE', message)
}
