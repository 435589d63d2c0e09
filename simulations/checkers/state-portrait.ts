import { createHash } from 'node:crypto'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'

/** All that a state holds, as plain data: also what its stored form would forget. */
export function portraitOf(state: KernelState): unknown {
  const actors = [...state.actors()].map(({ address, machine, snapshot, deadlines, changedSeq }) => {
    const { value, context, status } = snapshot
    return { address, machine: machine.chart.name, value, context, status, deadlines, changedSeq }
  })
  const { position } = state
  const held = { position, actors, effects: [...state.effects().values()], ended: state.allEnded() }
  // A member that is undefined is one that is not there.
  return JSON.parse(JSON.stringify(held))
}

/** One number for it, whatever order its members were written in. */
export function portraitDigest(state: KernelState): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(portraitOf(state))))
    .digest('hex')
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, member]) => [name, inOrder(member)]))
}
