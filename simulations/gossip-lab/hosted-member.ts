import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import { createMember, type Member } from '../../runtime/gossip/core/member.ts'
import type { GossipConfig } from '../../runtime/gossip/core/config.ts'
import { UdpHost } from '../../runtime/gossip/udp/udp-host.ts'
import { createKeyring } from '../../runtime/gossip/wire/keyring.ts'
import { createMemberIdentity } from '../../runtime/gossip/wire/member-identity.ts'
import { nodeClock } from '../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../runtime/ports/node/node-random.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { FIRST_KEY, type Report, type SightKind, type Told } from './member-words.ts'

const CLUSTER_ID = 'c-gossip-lab'

const SIGHTS: Partial<Record<MemberEvent['type'], SightKind>> = {
  MEMBER_JOINED: 'up',
  MEMBER_ALIVE: 'up',
  MEMBER_SUSPECT: 'suspect',
  MEMBER_DEAD: 'down',
  MEMBER_LEFT: 'left',
}
export interface HostedMemberOptions {
  readonly name: string
  readonly bind: string
  readonly advertise?: string
  readonly config: GossipConfig
  readonly say: (report: Report) => void
}

/** The lab's keys are made of names: nothing that they protect is a secret. */
export function labKey(name: string): Uint8Array {
  return new SeededRandom(`gossip lab key ${name}`).bytes(32)
}

/** One member as the product would run it, on real sockets, that says what it sees. */
export async function startHostedMember(options: HostedMemberOptions): Promise<UdpHost<Member>> {
  const { name, bind, advertise, config, say } = options
  const identity = createMemberIdentity(new SeededRandom(`gossip lab ${name}`).bytes(32))
  return UdpHost.start({
    bind,
    ...(advertise === undefined ? {} : { advertise }),
    clusterId: CLUSTER_ID,
    identity,
    keyring: createKeyring([labKey(FIRST_KEY)]),
    clock: nodeClock,
    random: nodeRandom,
    createMember: ({ id, address, nowMs, seal }) =>
      createMember({ config, self: { id, epoch: 1, address }, random: nodeRandom, nowMs, seal }),
    onEvent: event => {
      const sight = SIGHTS[event.type]
      if (sight !== undefined && 'member' in event)
        say({ type: 'SEEN', by: name, sight, of: event.member.id })
      const what = toldOf(event)
      const lag = event.type === 'SELF_STALLED' ? { lagMs: event.lagMs } : {}
      if (what !== undefined) say({ type: 'TOLD', by: name, what, ...lag })
    },
  })
}

function toldOf(event: MemberEvent): Told | undefined {
  switch (event.type) {
    case 'MEMBER_CONFLICT':
    case 'SELF_WELCOMED':
    case 'SELF_REFUTED':
    case 'SELF_STALLED':
    case 'SELF_LEFT':
      return event.type
    case 'PROBE_ENDED':
      if (event.reached === 'directly') return undefined
      if (event.reached === 'through-helper') return 'PROBE_THROUGH_HELPER'
      return event.reached === 'by-stream' ? 'PROBE_BY_STREAM' : 'PROBE_FAILED'
    default:
      return undefined
  }
}
