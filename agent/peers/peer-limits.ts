/** A link that is lost for less is nothing that peers should hear of: centrals restart. */
export const ASK_AFTER_MS = 10_000
/** While central is away: between two rounds of questions. */
export const ASK_EVERY_MS = 30_000
/** Added to both at random, as a share: nodes that lost central together do not ask together. */
export const ASK_JITTER_FRACTION = 0.5
/** Members asked what they have, of one group in one round. */
export const PEERS_ASKED_MAX = 3
/** Members tried for one bundle in one round. */
export const PEERS_TRIED_MAX = 8
/** Bundles on their way here, and from here, at once; each holds the memory of its bundle. */
export const TRANSFERS_IN_MAX = 2
export const TRANSFERS_OUT_MAX = 2
/** Bundles that wait for a peer. Past it a bundle waits for central alone. */
export const WANTED_MAX = 64
/** What this node gives to all peers together: its own processes come first. */
export const SERVED_BYTES_PER_SECOND = 8 * 1024 * 1024
/** Bytes of a bundle in one piece of an answer. */
export const PIECE_BYTES = 64 * 1024
/** Random bytes that make one question its own. */
export const QUESTION_NONCE_BYTES = 32
/** Codes of refusals that are counted apart; others are counted together. */
export const REFUSAL_CODES_MAX = 32
