import type { Caller } from '../../engine/control.ts'
import type { ControlWrites } from './control-writes.ts'
import { submitPlain, type WritesContext } from './writes-context.ts'

type NodeWrites = Pick<ControlWrites, 'drainNode' | 'removeNode' | 'freeze' | 'thaw' | 'barrier'>

const SYSTEM: Caller = { principal: 'system', scopes: ['admin'] }

/** Nodes, and the cluster as a whole. */
export function nodeWrites(context: WritesContext): NodeWrites {
  return {
    async drainNode(name, caller) {
      await submitPlain(context, caller, 'drain-node', { node: name })
      return context.reads.node(name)
    },
    async removeNode(name, caller) {
      await submitPlain(context, caller, 'remove-node', { node: name })
    },
    async freeze(caller) {
      await submitPlain(context, caller, 'freeze', {})
    },
    async thaw(caller) {
      await submitPlain(context, caller, 'thaw', {})
    },
    async barrier() {
      const { timeline, seq } = await submitPlain(context, SYSTEM, 'barrier', {})
      return `${timeline}-${seq}`
    },
  }
}
