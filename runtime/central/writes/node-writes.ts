import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Caller } from '../../engine/control.ts'
import { valueOf } from '../../kernel/actor-record.ts'
import type { ControlWrites } from './control-writes.ts'
import { submitPlain, type WritesContext } from './writes-context.ts'

type NodeWrites = Pick<ControlWrites, 'drainNode' | 'removeNode' | 'freeze' | 'thaw' | 'barrier'>

const SYSTEM: Caller = { principal: 'system', scopes: ['admin'] }

/** Nodes, and the cluster as a whole. */
export function nodeWrites(context: WritesContext): NodeWrites {
  return {
    async drainNode(name, caller) {
      // Said again, it is done already: no second record, no refusal.
      if (isDraining(context, name)) return context.reads.node(name)
      await submitPlain(context, caller, 'drain-node', { node: name })
      return context.reads.node(name)
    },
    async removeNode(name, caller) {
      await submitPlain(context, caller, 'remove-node', { node: name, rotate: true })
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

function isDraining({ leader }: WritesContext, name: string): boolean {
  const record = leader.view.get(nodeAddress(name))
  return record !== undefined && (valueOf(record) as { readonly lifecycle?: string }).lifecycle === 'draining'
}
