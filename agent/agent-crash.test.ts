import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createMemoryTransport } from '../runtime/links/memory-link.ts'
import { noFaults } from '../runtime/ports/fault-points.ts'
import { silentLogger } from '../runtime/ports/logger.ts'
import { nodeClock } from '../runtime/ports/node/node-clock.ts'
import { nodeDisk } from '../runtime/ports/node/node-disk.ts'
import { nodeRandom } from '../runtime/ports/node/node-random.ts'
import { pollUntil } from '../simulations/kit/poll-until.ts'
import { tempDir } from '../simulations/kit/temp-dir.ts'
import { type RunningAgent, startAgent } from './agent.ts'
import type { GroupEvent, Registration } from './groups/group-service.ts'
import { type Death, DyingDisk } from './testing/dying-disk.ts'
import { TestCentral } from './testing/test-central.ts'

/** A process that prepares and applies whatever it hears, and remembers which activation named what. */
class Witness {
  readonly named = new Map<number, string>()
  highest = 0

  join(agent: RunningAgent, instance: string): void {
    const registration: Registration = { group: 'web', process: 'p', instance, pid: 1, prepare: true }
    agent.groups.register(registration, undefined, event => this.#hear(agent, registration, event))
  }

  see(agent: RunningAgent): void {
    const served = agent.groups.state('web')
    if (served !== undefined) this.#note(served.activation, `${served.revision} ${served.digest}`)
  }

  #hear(agent: RunningAgent, registration: Registration, event: GroupEvent): void {
    if (event.event !== 'prepare' && event.event !== 'change') return
    const { activation, revision, digest } = event.state
    this.#note(activation, `${revision} ${digest}`)
    if (event.event === 'change' && activation < this.highest) throw new Error('an activation number fell')
    if (event.event === 'change') this.highest = activation
    const phase = event.event === 'prepare' ? 'prepare' : 'applied'
    agent.groups.acknowledge(registration, { activation, phase, outcome: 'ok' })
  }

  #note(activation: number, said: string): void {
    const before = this.named.get(activation) ?? said
    if (before !== said) throw new Error(`activation ${activation} named ${before} and ${said}`)
    this.named.set(activation, said)
  }
}

/** Changes of the disk on the whole way, so that the sweep dies at each. */
const CHANGES_MAX = 24

async function dieAt(t: ExecutionContext, change: number, death: Death): Promise<boolean> {
  const directory = tempDir(t)
  const transport = createMemoryTransport()
  const central = new TestCentral()
  await central.listen(transport)
  const tokens = [central.token('web')]
  const witness = new Witness()
  const disk = new DyingDisk(change, death)
  const start = async (through: typeof nodeDisk | DyingDisk): Promise<RunningAgent> => {
    const ports = { clock: nodeClock, random: nodeRandom, logger: silentLogger, faults: noFaults, transport }
    const socketPath = join(directory, 'konor.sock')
    const backoff = { minMs: 1, maxMs: 20 }
    const fields = { dataDir: directory, tokens, name: 'n1', labels: {}, version: 'x', backoff, socketPath }
    return startAgent({ ...fields, ...ports, disk: through })
  }
  const run = async (agent: RunningAgent, instance: string, isOver: () => boolean): Promise<void> => {
    witness.see(agent)
    await pollUntil('the agent joined', () => isOver() || agent.groups.belongs('web'))
    if (agent.groups.belongs('web')) witness.join(agent, instance)
    for (const revision of [1, 2, 3]) {
      const committed = revision === 1 ? null : central.generation(revision - 1, { revision: revision - 1 })
      const next = central.generation(revision, { revision })
      central.desire('web', { committed, candidate: central.candidate(next, true) })
      const applied = (): boolean => {
        witness.see(agent)
        const report = central.reports.get('web')
        return report?.active === revision && report.progress?.phase === 'applied'
      }
      await pollUntil(`revision ${revision} is applied`, () => isOver() || applied())
    }
  }
  const dying = await start(disk).catch(() => undefined)
  if (dying !== undefined) {
    await run(dying, '1', () => disk.isDead)
    await dying.stop()
  }
  central.reports.clear()
  const restarted = await start(nodeDisk)
  await run(restarted, '2', () => false)
  t.is(restarted.groups.values('web')?.get('revision'), 3)
  t.true(new Set(central.redeemed.map(one => one.key)).size === 1, 'one identity')
  t.is(new Set(central.seqs).size, central.seqs.length, 'no sequence twice')
  await restarted.stop()
  await central.close()
  return disk.isDead
}

for (const death of ['before', 'torn', 'after'] as const)
  test(`a machine that dies at any write (${death}) comes back to one truth and goes on`, async t => {
    const died = await Promise.all(
      Array.from({ length: CHANGES_MAX }, (_, change) => dieAt(t, change + 1, death)),
    )
    t.true(died.filter(Boolean).length >= 12, 'the sweep hardly died')
    t.false(died.at(-1), 'the sweep ends before the way does: raise CHANGES_MAX')
  })
