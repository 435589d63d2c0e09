import { simulate, type SimulationResult } from '../run/simulate.ts'
import { optionsOfSeed } from '../run/simulation-options.ts'
import { renderStory } from '../story/render-story.ts'
import type { StoryLine } from '../world/story.ts'
import { planOf, type Scenario } from './scenario.ts'

/** Ids of tokens and the like, which say nothing to a reader. */
const ID = /\b[0-9a-hjkmnp-tv-z]{26}\b/g
const DIGEST = /\b([0-9a-f]{8})[0-9a-f]{56}\b/g
/** Columns of a paragraph. */
const COLUMNS = 100

/** Plays a scenario; what its seed would decide is replaced by what is written. */
export async function playScenario(scenario: Scenario): Promise<SimulationResult> {
  const plan = planOf(scenario)
  const { nodes, groups, gossip = 'off' } = plan.topology
  const options = optionsOfSeed(0, {
    nodes: nodes.length,
    groups: groups.length,
    processes: Math.max(...nodes.map(({ processes }) => processes.length)),
    stormMs: plan.stormMs,
    faultCount: plan.faults.length,
    deedCount: plan.deeds.length,
    gossip: gossip === 'wan' ? 'off' : gossip,
    gossipFaultCount: 0,
    contentionCount: 0,
    paperRecords: 0,
    centrals: 1,
    centralFaultCount: 0,
    lost: plan.lost.length,
  })
  return simulate(options, plan)
}

/** What a scenario is about, who takes part, and its story. Times are told to tenths of a second. */
export function tellScenario(
  scenario: Scenario,
  result: Pick<SimulationResult, 'story' | 'stormAtMs'>,
): string {
  const { name, shows, about, topology } = scenario
  const groups = topology.groups.map(
    ({ name: group, sets, policy }) =>
      `group ${group} holds ${sets.join(' and ')} and rolls out by \`${policy.uses}\``,
  )
  const nodes = topology.nodes.map(({ name: node }) => node).join(' ')
  return [
    `# ${name}`,
    '',
    `${shows[0]?.toUpperCase() ?? ''}${shows.slice(1)}.`,
    '',
    ...wrapped(about),
    '',
    ...wrapped(
      `Here: central; ${groups.join('; ')}; nodes ${nodes}, with a process \`app\` on each. Job 1 declared them; all run revision 1.`,
    ),
    '',
    renderStory(linesOf(result), { digits: 1 }).replaceAll(ID, '…').replaceAll(DIGEST, '$1…'),
  ].join('\n')
}

/** How a cluster begins is told by what it consists of: the clock starts when it has come to rest. */
function linesOf({ story, stormAtMs }: Pick<SimulationResult, 'story' | 'stormAtMs'>): StoryLine[] {
  return story()
    .filter(({ atMs }) => atMs >= stormAtMs)
    .map(line => ({ ...line, atMs: line.atMs - stormAtMs }))
}

function wrapped(text: string): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + 1 + word.length > COLUMNS) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
