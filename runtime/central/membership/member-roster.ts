import type { NodeContext } from '../../../actors/node/chart.ts'
import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import { memberIdOf } from '../../gossip/wire/member-identity.ts'
import type { MemberId } from '../../gossip/core/messages.ts'
import { contextOf, isDone } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'

interface Entry {
  readonly key: string
  readonly member: MemberId
}

/** Which member of gossip speaks for which node: whoever holds the key that the journal knows of it. */
export class MemberRoster {
  readonly #view: () => StateView
  readonly #byNode = new Map<string, Entry>()
  readonly #byMember = new Map<MemberId, string>()

  constructor(view: () => StateView) {
    this.#view = view
    for (const record of view().list('node')) this.note(contextOf<NodeContext>(record).name)
  }

  /** The node's actor changed. True when another member speaks for it now, or none. */
  note(node: string): boolean {
    const record = this.#view().get(nodeAddress(node))
    const key = record === undefined || isDone(record) ? undefined : contextOf<NodeContext>(record).key
    const before = this.#byNode.get(node)
    if (before?.key === key) return false
    if (before !== undefined) {
      this.#byNode.delete(node)
      if (this.#byMember.get(before.member) === node) this.#byMember.delete(before.member)
    }
    if (key === undefined) return true
    const member = memberIdOf(Buffer.from(key, 'hex'))
    this.#byNode.set(node, { key, member })
    this.#byMember.set(member, node)
    return true
  }

  nodeOf(member: MemberId): string | undefined {
    return this.#byMember.get(member)
  }

  memberOf(node: string): MemberId | undefined {
    return this.#byNode.get(node)?.member
  }
}
