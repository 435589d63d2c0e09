import type { StartGossipHost } from '../../agent/membership/gossip-host.ts'
import { CentralMember } from '../../runtime/central/membership/central-member.ts'
import type { MemberBoot } from '../../runtime/central/compose-central.ts'
import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import { UdpHost } from '../../runtime/gossip/udp/udp-host.ts'
import { createMemberIdentity, type MemberIdentity } from '../../runtime/gossip/wire/member-identity.ts'
import type { Network } from '../world/network.ts'
import type { Program } from '../world/program.ts'
import { createSimulatedSockets } from '../world/simulated-gossip.ts'
import type { GossipLog } from './gossip-log.ts'

const GOSSIP_PORT = 7602

/** The gossip host of an agent, on the simulated network; what its member tells is written down as well. */
export function agentGossip(network: Network, program: Program, log: GossipLog): StartGossipHost {
  return async options => {
    let note = (_event: MemberEvent): void => {}
    const host = await UdpHost.start({
      ...options,
      identity: network.proofs.remember(options.identity),
      sockets: createSimulatedSockets(network, program),
      onEvent: event => {
        note(event)
        options.onEvent(event)
      },
    })
    note = log.began(program, host)
    return host
  }
}

/** The same of central. */
export async function centralGossip(
  network: Network,
  program: Program,
  log: GossipLog,
  boot: MemberBoot & { readonly preset: PresetName },
): Promise<CentralMember> {
  const doors = { bind: `${network.ipOf(program.machine)}:${GOSSIP_PORT}` }
  const sockets = createSimulatedSockets(network, program)
  const identityOf = (secretKey: Uint8Array): MemberIdentity =>
    network.proofs.remember(createMemberIdentity(secretKey))
  const member = await CentralMember.start({ ...boot, doors, sockets, identityOf })
  member.onEvent(log.began(program, member.host))
  return member
}
