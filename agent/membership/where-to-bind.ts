import {
  formatGossipAddress,
  isWildcard,
  parseGossipAddress,
  readGossipAddress,
} from '../../runtime/gossip/udp/gossip-address.ts'

/** The port of gossip where it is free. */
export const GOSSIP_PORT = 7602

export interface Binding {
  /** `IP:PORT`; port 0 for any. */
  readonly bind: string
  /** What others are told where that differs. Port 0 is the port that was bound. */
  readonly advertise?: string
}

export interface BindingHints {
  /** What the operator chose (`--gossip`). */
  readonly chosen: string | undefined
  /** Where others reached this member last. */
  readonly last: string | null
  /** This machine's address on the way to central; undefined before there was a link. */
  readonly localHost: string | undefined
}

/**
 * Where a member may be bound, the best place first; empty while nothing is known. Without a choice of the operator it
 * is where central reaches this machine, at the port that others know already, or the usual one, or any: an address of
 * this machine that leads to central leads to the other members too. Throws `KONOR_GOSSIP_ADDRESS` for a bad choice.
 */
export function whereToBind({ chosen, last, localHost }: BindingHints): readonly Binding[] {
  const former = last === null ? undefined : readGossipAddress(last)
  const host = localHost ?? former?.host
  if (chosen !== undefined) {
    const place = parseGossipAddress(chosen)
    if (!isWildcard(place)) return [{ bind: chosen }]
    if (host === undefined) return []
    return [{ bind: chosen, advertise: formatGossipAddress({ host, port: place.port }) }]
  }
  if (host === undefined) return []
  const ports = new Set([...(former?.host === host ? [former.port] : []), GOSSIP_PORT, 0])
  return [...ports].map(port => ({ bind: formatGossipAddress({ host, port }) }))
}

/** The host of an address if it is one that datagrams go to; an IPv4 address in IPv6 clothes is taken out of them. */
export function hostOf(address: string): string | undefined {
  const host = readGossipAddress(address)?.host
  return host?.replace(/^::ffff:(?=\d+\.)/i, '')
}
