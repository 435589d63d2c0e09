import test from 'ava'
import { assemble, isWhole } from './assembled.test.kit.ts'
import { createCluster } from './cluster.ts'
import { ours } from './detection-table.ts'

const full = process.env.KONOR_TEST === 'full'
/** serf's bound on what a member sends at its defaults: 1,400 bytes to 3 others in 200 ms, both ways. */
const SERF_BOUND_BYTES_PER_SECOND = 328_100 / 8

test('many who join at once know one another within seconds', t => {
  t.timeout(1_800_000)
  const members = full ? 2_000 : 150
  const { participants, world } = assemble(members, 'crowd')
  const views = new Set<number>()
  const boundMs = full ? 10_000 : 5_000
  for (let atMs = 100; atMs <= boundMs; atMs += 100) {
    world.runUntil(atMs)
    for (const { member } of participants) views.add(member.viewHash)
    if (isWhole(participants)) break
  }
  t.true(isWhole(participants))
  t.log(
    `${members} members: whole after ${world.nowMs} ms, ${views.size} views on the way, looked at in tenths`,
  )
})

test('when a tenth dies at once all of them are found, nobody else, and the news costs a bounded rate', t => {
  t.timeout(1_800_000)
  const members = full ? 1_000 : 100
  const lost = members / 10
  const deaths = new Map<number, number>()
  let falseDeaths = 0
  const cluster = createCluster(ours('lan'), {
    members,
    seed: 'tenth',
    onBelief: (observer, belief, subject) => {
      if (belief !== 'dead' || observer < lost) return
      if (subject < lost) deaths.set(subject, (deaths.get(subject) ?? 0) + 1)
      else falseDeaths++
    },
  })
  cluster.runUntil(5_000)
  for (let number = 0; number < lost; number++) cluster.crash(number)
  let peakBytes = 0
  const isDone = () => deaths.size === lost && [...deaths.values()].every(count => count === members - lost)
  for (
    let before = cluster.traffic.bytes;
    cluster.nowMs < 60_000 && !isDone();
    before = cluster.traffic.bytes
  ) {
    cluster.runUntil(cluster.nowMs + 1_000)
    peakBytes = Math.max(peakBytes, (cluster.traffic.bytes - before) / (members - lost))
  }
  t.true(isDone())
  t.is(falseDeaths, 0)
  t.true(peakBytes <= 0.5 * SERF_BOUND_BYTES_PER_SECOND, `${peakBytes} B/s`)
  t.log(
    `${members} members: all found after ${cluster.nowMs - 5_000} ms, at most ${Math.round(peakBytes)} B/s each`,
  )
})
