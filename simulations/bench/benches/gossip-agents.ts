import { pass } from '../../gossip-lab/pass.ts'
import type { Bench } from '../bench.ts'
import type { Figure, Goal } from '../figure.ts'
import { AgentFleet, type FleetDeath } from '../programs/agent-fleet.ts'
import { meanOf } from '../quantile.ts'

const AGENTS = 50
const KILLS = 20
const IDLE_MS = 60_000

export const gossipAgentsBench: Bench = {
  name: 'gossip-agents',
  about: `${AGENTS} real agents and a central, ${KILLS} agents killed: who knows it when`,
  async run(context) {
    const fleet = await AgentFleet.start(context, AGENTS)
    const beganMs = performance.now()
    await pass(IDLE_MS)
    const deaths: FleetDeath[] = []
    for (let round = 0; round < KILLS; round++) {
      const death = await fleet.kill(fleet.agents[0] ?? '')
      deaths.push(death)
      context.say(
        Object.values(death)
          .map((ms: number) => `${(ms / 1_000).toFixed(1)} s`)
          .join(', '),
      )
    }
    const minutes = (performance.now() - beganMs) / 60_000
    const time = (what: string, pick: (death: FleetDeath) => number, goals: Goal[]): Figure => ({
      name: `SIGKILL → ${what}, mean`,
      unit: 'ms',
      ours: meanOf(deaths.map(pick)),
      goals,
    })
    return [
      time('first agent knows', death => death.firstAgentMs, [
        { of: 'value', atMost: 7_300 },
        { of: 'p99', atMost: 10_800 },
      ]),
      time('all agents know', death => death.lastAgentMs, []),
      time('central has journaled it', death => death.centralMs, []),
      {
        name: 'declared dead, or offline, while alive',
        unit: 'deaths',
        ours: { value: fleet.sightings.falseDeaths.length + fleet.falselyOffline },
        goals: [{ of: 'value', atMost: 0 }],
        note: `by any agent or by central, in ${minutes.toFixed(1)} min, ${IDLE_MS / 60_000} of them idle`,
      },
    ]
  },
}
