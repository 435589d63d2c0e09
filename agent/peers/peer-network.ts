/** What peers need of gossip: who may be one, and a way to ask. */
export interface PeerNetwork {
  /** Addresses of living members that may belong to the group of this key, in any order. */
  peersOf(bundleKey: Uint8Array): readonly string[]
  /** Asks one member; its answer in pieces, none when it has none. Rejects with a coded error. */
  request(to: string, name: string, payload: Uint8Array): AsyncIterable<Uint8Array>
}
