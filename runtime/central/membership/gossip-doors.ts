import { lookup } from 'node:dns/promises'
import { isIP, isIPv6 } from 'node:net'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { formatGossipAddress, isWildcard, parseGossipAddress } from '../../gossip/udp/gossip-address.ts'
import { parseLinkAddress } from '../../links/link-address.ts'

/** Where the member binds, and what others are told; `advertise` left out: what was bound. */
export interface GossipDoors {
  readonly bind: string
  readonly advertise?: string
}

/**
 * Members cannot send to a wildcard: they are told the host of `--advertise` with gossip's own port. Datagrams go to
 * addresses and not to names, so a name is resolved once, here. Throws `KONOR_GOSSIP_ADDRESS`.
 */
export async function gossipDoors(bind: string, advertised: string | undefined): Promise<GossipDoors> {
  const place = parseGossipAddress(bind)
  const { port } = place
  if (!isWildcard(place)) return { bind }
  if (advertised === undefined || port === 0)
    throw new KonorError(
      'KONOR_GOSSIP_ADDRESS',
      `agents cannot send to ${bind}: say with --advertise where they reach this machine, and give gossip a port`,
    )
  const name = parseLinkAddress(advertised).host
  const host = await addressOf(name, isIPv6(place.host) ? 0 : 4)
  if (isIPv6(host) && !isIPv6(place.host))
    throw new KonorError(
      'KONOR_GOSSIP_ADDRESS',
      `nobody reaches ${bind} at ${host}: bind [::]:${port}, which takes IPv4 too, or advertise an IPv4 address`,
    )
  return { bind, advertise: formatGossipAddress({ host, port }) }
}

/** @param family 4 where only IPv4 is bound; 0 for either. */
async function addressOf(name: string, family: 0 | 4): Promise<string> {
  if (isIP(name) !== 0) return name
  try {
    return (await lookup(name, { family })).address
  } catch (cause) {
    throw new KonorError(
      'KONOR_GOSSIP_ADDRESS',
      `the name ${name} of --advertise has no address: give one, or make the name resolvable`,
      { cause },
    )
  }
}
