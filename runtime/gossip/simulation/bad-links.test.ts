import test from 'ava'
import { createCluster } from './cluster.ts'
import { ours } from './detection-table.ts'

const full = process.env.KONOR_TEST === 'full'

/** The scenario of Rapid (Suresh et al., USENIX ATC 2018): some hear little of what is sent to them. */
test('members that miss four datagrams of five take nobody along, and do not come and go', t => {
  t.timeout(1_800_000)
  const members = full ? 1_000 : 100
  const deaf = members / 100
  let removedHealthy = 0
  /** Announcements that change whether a deaf member counts, by observer and subject. */
  const changes = new Map<string, number>()
  const dead = new Set<string>()
  const cluster = createCluster(ours('lan'), {
    members,
    seed: 'deaf',
    onBelief: (observer, belief, subject) => {
      if (observer < deaf) return
      const pair = `${observer}/${subject}`
      if (belief === 'dead' && subject >= deaf) removedHealthy++
      if (belief === 'dead' ? dead.has(pair) : !(belief === 'alive' && dead.has(pair))) return
      if (belief === 'dead') dead.add(pair)
      else dead.delete(pair)
      changes.set(pair, (changes.get(pair) ?? 0) + 1)
    },
  })
  cluster.runUntil(10_000)
  cluster.network.lossInto = to => (to < deaf ? 0.8 : 0)
  cluster.runUntil(610_000)
  t.is(removedHealthy, 0)
  const most = Math.max(0, ...changes.values())
  t.true(most <= 2, `${most} changes`)
  t.log(`${members} members, ${deaf} of them deaf: at most ${most} changes of one of them`)
})

test('over long and lossy links wan calls nobody dead who lives, and finds who does not', t => {
  const members = full ? 200 : 40
  let falseDeaths = 0
  let found = 0
  const cluster = createCluster(ours('wan'), {
    members,
    seed: 'wan',
    network: { latencyMs: 90, jitterMs: 60, loss: 0.03 },
    onBelief: (_, belief, subject) => {
      if (belief !== 'dead') return
      if (subject === 0) found++
      else falseDeaths++
    },
  })
  cluster.runUntil(600_000)
  cluster.crash(0)
  // A probe of its turn, the shortest suspicion of 6 · log10 N · T, and some for confirmations.
  const boundMs = 5_000 * (6 + 6 * Math.log10(members)) + 60_000
  cluster.runUntil(600_000 + boundMs, () => found === members - 1)
  t.is(found, members - 1)
  t.is(falseDeaths, 0)
})
