import test from 'ava'
import { PRESETS } from '../core/presets.ts'
import { assemble, isWhole } from './assembled.test.kit.ts'
import { createCluster } from './cluster.ts'
import { ours } from './detection-table.ts'
import { GRID, type GridOptions, measureGrid, MODES } from './lifeguard-table.ts'
import { runLossy } from './lossy-run.ts'
import { idOf } from './our-participant.ts'

const full = process.env.KONOR_TEST === 'full'
const HOUR_MS = 3_600_000
/** The full sweeps take long on a small machine. */
const FULL_TIMEOUT_MS = HOUR_MS

test('with up to 5 % of all datagrams lost nobody who lives is called dead', t => {
  t.timeout(FULL_TIMEOUT_MS)
  const members = full ? 100 : 50
  const nodeHours = full ? 10_000 : 20
  for (const loss of [0.01, 0.05]) {
    const run = runLossy(ours('lan'), members, nodeHours / 2 / members, loss, `loss ${loss}`)
    t.is(run.falseDeaths, 0, `${loss}`)
  }
})

test('with a quarter of all datagrams lost members are suspected, and object in time', t => {
  t.timeout(FULL_TIMEOUT_MS)
  const nodeHours = full ? 500 : 5
  const run = runLossy(ours('lan'), 50, nodeHours / 50, 0.25, 'quarter')
  t.true(run.suspicions > 0)
  t.is(run.falseDeaths, 0)
})

test('who stands still for 1 to 10 s accuses nobody of death, and lives if it was less than the shortest suspicion', t => {
  for (const stallMs of [1_000, 2_500, 5_000, 10_000]) {
    for (let seed = 0; seed < 10; seed++) {
      let wrong = 0
      let called = 0
      const cluster = createCluster(ours('lan'), {
        members: 20,
        seed: `stall ${stallMs} ${seed}`,
        onBelief: (_, belief, subject) => {
          if (belief !== 'dead') return
          if (subject === 0) called++
          else wrong++
        },
      })
      cluster.runUntil(5_000 + seed * 137)
      cluster.pause(0)
      cluster.runUntil(cluster.nowMs + stallMs)
      cluster.resume(0)
      cluster.runUntil(cluster.nowMs + 30_000)
      t.is(wrong, 0)
      if (stallMs < 3_000) t.is(called, 0)
    }
  }
})

test('among slow members Lifeguard and ours tell no false deaths where plain SWIM tells many', t => {
  t.timeout(FULL_TIMEOUT_MS)
  const grid: GridOptions = full
    ? GRID
    : { ...GRID, concurrent: [16], stallsMs: [8_192, 32_768], intervalsMs: [1], forMs: 70_000, seeds: 1 }
  const [swim, lifeguard, lan] = MODES.map(mode => measureGrid(mode, grid))
  if (swim === undefined || lifeguard === undefined || lan === undefined) return t.fail()
  t.true(swim.falseDeaths > 0, `${swim.falseDeaths}`)
  t.true(lifeguard.falseDeaths <= 0.02 * swim.falseDeaths, `${lifeguard.falseDeaths}`)
  t.true(lan.falseDeaths <= 0.01 * swim.falseDeaths, `${lan.falseDeaths}`)
  t.is(lan.falseDeathsByHealthy, 0)
  t.true(lan.firstDeadMedianMs <= lifeguard.firstDeadMedianMs)
})

test('two halves that lost each other for a minute become one again', t => {
  const members = 20
  for (let seed = 0; seed < (full ? 100 : 8); seed++) {
    const { network, participants, world } = assemble(members, `halves ${seed}`)
    world.runUntil(20_000)
    network.isCut = (from, to) => from % 2 !== to % 2
    world.runUntil(80_000)
    t.true(participants.every(({ member }) => member.liveCount === members / 2))
    network.isCut = () => false
    world.runUntil(170_000, () => isWhole(participants))
    t.true(isWhole(participants), `seed ${seed}`)
  }
})

test('after a rolling restart of everyone within a minute all know all', t => {
  const members = 30
  for (let seed = 0; seed < (full ? 100 : 5); seed++) {
    const { participants, restart, world } = assemble(members, `rolling ${seed}`)
    world.runUntil(10_000)
    for (let number = 0; number < members; number++) {
      world.crash(number)
      world.runUntil(world.nowMs + 300)
      restart(number)
      world.runUntil(world.nowMs + 1_500)
    }
    world.runUntil(world.nowMs + 35_000, () => isWhole(participants))
    t.true(isWhole(participants), `seed ${seed}`)
    t.true(participants.every(({ member }) => member.get(idOf(0))?.epoch === 2))
  }
})

test('who comes and goes does not fill memory: all tombstones are cleared away', t => {
  const config = { ...PRESETS.lan, tombstoneMs: 120_000 }
  const { participants, world } = assemble(12, 'churn', config)
  world.runUntil(10_000)
  for (let number = 6; number < 12; number++) world.crash(number)
  world.runUntil(60_000)
  t.is([...(participants[0]?.member.records() ?? [])].length, 12)
  world.runUntil(400_000)
  for (const { member } of participants.slice(0, 6)) t.is([...member.records()].length, 6)
})
