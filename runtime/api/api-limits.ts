/** Largest manifest body of `apply`, `plan` and `diff`. */
export const MANIFEST_BYTES_MAX = 20 * 1024 * 1024
/** Largest body of every other route. A single value may not be larger. */
export const BODY_BYTES_MAX = 1024 * 1024
/** Items of a page when the request does not say, and at most. */
export const PAGE_ITEMS_DEFAULT = 100
export const PAGE_ITEMS_MAX = 1000
/** Longest `Prefer: wait`: longer ones are shortened, and the answer says so in `Preference-Applied`. */
export const PREFER_WAIT_SECONDS_MAX = 60
/** How long `?index=` and `?fresh=true` may hold a request before it fails. */
export const INDEX_WAIT_MS_MAX = 10_000
/** Event streams at once: of all callers together, and of one. */
export const EVENT_STREAMS_MAX = 1024
export const EVENT_STREAMS_PER_CALLER_MAX = 64
/** How long a reader's socket may stay full before its stream is closed. */
export const EVENT_STALL_MS_MAX = 60_000
/** Connections at once; further ones are closed before they say anything. */
export const CONNECTIONS_MAX = 10_000
/** Silence on an event stream is broken by a comment this often. */
export const EVENT_HEARTBEAT_MS = 15_000
/** Requests of one key per second, unless the operator says otherwise. */
export const RATE_LIMIT_PER_SECOND_DEFAULT = 5_000
/** Requests without a valid key, of one address per minute, before the answer is 429 instead of 401. */
export const DENIED_PER_MINUTE_MAX = 120
/** How long a request may take to arrive wholly: a slow sender costs itself only. */
export const REQUEST_RECEIVE_MS_MAX = 60_000
/** Longest percent-encoded ConfigSet path in a URL. */
export const URL_PATH_LENGTH_MAX = 3 * 1024
/** Longest Idempotency-Key. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255
