import { createHmac } from 'node:crypto'
import { encodeToken } from '../../actors/vocabulary/token.ts'

export interface TokenMintOptions {
  /** Secret of this cluster, 32 bytes; never in the journal. */
  readonly secret: Uint8Array
  readonly cluster: string
  /** Central's public key, which agents pin. */
  readonly publicKey: Uint8Array
  /** Key of the bundles that members of a group pass on to one another. */
  bundleKey(group: string): Uint8Array
  /** Where agents reach the link: `host:port`. */
  address(): string
}

/**
 * Makes the texts of subscription tokens. A token's secret is derived from its id and the cluster's secret,
 * so it is stored nowhere, and a repeated request gets the very same token.
 */
export interface TokenMint {
  secretOf(id: string): string
  textOf(id: string, group: string): string
}

export function createTokenMint(options: TokenMintOptions): TokenMint {
  const { secret, cluster, publicKey, address, bundleKey } = options
  const secretOf = (id: string): string =>
    createHmac('sha256', secret).update(`konorkestra/token/v1/${id}`).digest('base64url')
  return {
    secretOf,
    textOf: (id, group) =>
      encodeToken({
        address: address(),
        cluster,
        key: publicKey,
        bundleKey: bundleKey(group),
        group,
        id,
        secret: secretOf(id),
      }),
  }
}
