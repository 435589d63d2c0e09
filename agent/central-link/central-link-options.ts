import type { Backoff } from '../../runtime/links/keep-linked.ts'
import type { LinkTransport } from '../../runtime/links/link.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { GroupHost } from '../groups/group-host.ts'
import type { Membership } from '../membership/membership.ts'
import type { AgentStore } from '../store/agent-store.ts'

export interface CentralLinkOptions {
  readonly store: AgentStore
  readonly groups: GroupHost
  readonly membership: Membership
  readonly transport: LinkTransport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  readonly labels: Readonly<Record<string, string>>
  readonly platform: Readonly<Record<string, string>>
  /** The program's version. */
  readonly version: string
  readonly backoff?: Backoff
  /** Central welcomed the node; the link on which it did is down. */
  readonly onUp: () => void
  readonly onDown: () => void
  /** Central refused every token, and the node was never a member: nothing will come of this agent. */
  readonly onHopeless: (error: Error) => void
}
