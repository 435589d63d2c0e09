import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

export interface LinkAddress {
  readonly host: string
  readonly port: number
}

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:[\]/]+)):(\d{1,5})$/

/** Reads `HOST:PORT`, with an IPv6 host in brackets. Throws `KONOR_LINK_ADDRESS`. */
export function parseLinkAddress(text: string): LinkAddress {
  const match = ADDRESS.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > 65_535)
    throw new KonorError('KONOR_LINK_ADDRESS', `${JSON.stringify(text)} is no link address: write HOST:PORT`)
  return { host, port }
}

/** The text form of an address. */
export function formatLinkAddress({ host, port }: LinkAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
