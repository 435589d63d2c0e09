import test from 'ava'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import { drawCoincidences } from './coincidence.ts'

const topology = {
  groups: [],
  nodes: ['n1', 'n2', 'n3'].map(name => ({
    name,
    groups: ['web'],
    processes: [{ name: 'a', group: 'web' }],
  })),
} satisfies Topology

const draw = (count: number) =>
  drawCoincidences(new SeededRandom('coincidence'), topology, { count, withinMs: 60_000 })

test('misfortunes that meet are faults of other kinds with ids of their own, and none moves another', t => {
  const faults = draw(200)
  t.is(new Set(faults.map(({ id }) => id)).size, faults.length)
  t.deepEqual(draw(120), faults.slice(0, draw(120).length))
  const kinds = new Set(faults.map(({ kind }) => kind))
  for (const kind of [
    'partition',
    'pause',
    'cut-connection',
    'crash',
    'killed-midway',
    'rotten-midway',
  ] as const)
    t.true(kinds.has(kind), kind)
})

test('a machine that sleeps hears nothing while none of its programs runs', t => {
  const faults = draw(200)
  for (const fault of faults) {
    if (fault.kind !== 'pause') continue
    const net = faults.find(({ id }) => id === `${fault.id.split('.')[0]}.net`)
    t.like(net, { atMs: fault.atMs, forMs: fault.forMs, machines: [fault.program.split('/')[0]] })
  }
})

test('a process dies while its old connection is still held', t => {
  const faults = draw(200)
  for (const fault of faults) {
    if (fault.kind !== 'cut-connection') continue
    const death = faults.find(({ id }) => id === `${fault.id.slice(0, -1)}b`)
    t.like(death, { kind: 'crash', program: fault.program })
    t.true(death !== undefined && death.atMs > fault.atMs && death.atMs < fault.atMs + fault.lagMs)
  }
})
