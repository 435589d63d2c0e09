/** Groups in one report or one welcome. */
export const LINK_GROUPS_MAX = 1_024
/** Characters of a reason or a message for people; senders clip what is longer. */
export const LINK_REASON_LENGTH_MAX = 1_024
/** Characters of ids, versions, labels and platform facts. */
export const LINK_TEXT_LENGTH_MAX = 256
/** Bytes of the statistics that an agent says with a ping: those of a gossip packet. */
export const LINK_HEARTBEAT_BYTES_MAX = 192
/** Gossip keys of one invitation, of `LINK_KEY_BYTES` each, and seeds. */
export const LINK_GOSSIP_KEYS_MAX = 8
export const LINK_GOSSIP_SEEDS_MAX = 16
export const LINK_KEY_BYTES = 32
/** An Ed25519 signature. */
export const LINK_PROOF_BYTES_MAX = 64
/** Largest blob that is transferred: a bundle of 16 MiB with the overhead of its encoding. */
export const LINK_BLOB_BYTES_MAX = 17 * 1024 * 1024

/** Text for people within its bound, its cut visible and never within a surrogate pair. */
export function clipReason(text: string): string {
  if (text.length <= LINK_REASON_LENGTH_MAX) return text.toWellFormed()
  return `${text.slice(0, LINK_REASON_LENGTH_MAX - 1).toWellFormed()}…`
}
