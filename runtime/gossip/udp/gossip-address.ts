import { isIP } from 'node:net'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/** An address that datagrams go to: no name, so that nothing that members tell one another makes us ask a resolver. */
export interface GossipAddress {
  readonly host: string
  readonly port: number
}

const PORT_MAX = 65_535

/** Reads `IP:PORT`, an IPv6 address in brackets; undefined for anything else. */
export function readGossipAddress(text: string): GossipAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = Number(match?.[3])
  const family = isIP(host)
  if (family === 0 || port > PORT_MAX || (family === 6) !== (match?.[1] !== undefined)) return undefined
  return { host, port }
}

/** As `readGossipAddress`; throws `KONOR_GOSSIP_ADDRESS`. */
export function parseGossipAddress(text: string): GossipAddress {
  const address = readGossipAddress(text)
  if (address !== undefined) return address
  throw new KonorError('KONOR_GOSSIP_ADDRESS', `${JSON.stringify(text)} is no gossip address: write IP:PORT`)
}

export function formatGossipAddress({ host, port }: GossipAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether it stands for all addresses of a machine, however it is written: nothing can be sent to it. */
export function isWildcard({ host }: GossipAddress): boolean {
  return /^[0:.]+$/.test(host)
}
