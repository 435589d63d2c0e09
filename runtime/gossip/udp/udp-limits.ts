/** The kernel keeps this many received bytes for us while the loop is busy. It may grant less (rmem_max). */
export const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024
/** Turns of the event loop, each with a look at the socket, before a deadline may decide anything. */
export const DRAIN_TURNS_MIN = 2
/** Turns after which it decides although datagrams still come: a flood must not stop detection for ever. */
export const DRAIN_TURNS_MAX = 64
/** How long the loop sleeps at most: how late it wakes is how late it runs. */
export const LAG_SAMPLE_MS = 250
/** Wall time that passed beyond monotonic time: the machine slept. */
export const SUSPEND_DRIFT_MS = 1_000
/** Datagrams sent a second, and in one burst: far above what any preset needs. */
export const SEND_DATAGRAMS_PER_SECOND = 5_000
/** Datagrams that the operating system has not taken yet. */
export const SENDS_UNDER_WAY_MAX = 4_096
/** Inputs that event handlers may add before the one that they handle is done. */
export const INPUTS_WAITING_MAX = 1_024
/** Streams at once, each way. */
export const STREAMS_IN_MAX = 64
export const STREAMS_OUT_MAX = 32
/** Connections that the kernel holds until we accept them. */
export const STREAM_BACKLOG = 128
/** Longest first frame: before it verifies nothing longer is read from anyone. */
export const STREAM_HELLO_BYTES_MAX = 512
/** Longest sealed message: 65,536 signed records fit. */
export const STREAM_MESSAGE_BYTES_MAX = 16 * 1024 * 1024
/** Unfinished messages of all streams together. */
export const STREAM_UNFINISHED_BYTES_MAX = 32 * 1024 * 1024
/** From connecting to proving who one is. */
export const STREAM_HELLO_TIMEOUT_MS = 2_000
/** From then to the end of the message. */
export const STREAM_MESSAGE_TIMEOUT_MS = 10_000
/** Requests that this member serves at once, for all and for one other, and those that it has under way itself. */
export const REQUESTS_IN_MAX = 8
export const REQUESTS_IN_OF_ONE_MAX = 2
export const REQUESTS_OUT_MAX = 8
/** Requests a second, of all members and of one; as many in one burst. */
export const REQUESTS_PER_SECOND = 64
export const REQUESTS_OF_ONE_PER_SECOND = 8
/** Members whose requests are counted; past it the one that asked least recently is forgotten. */
export const REQUESTERS_MAX = 1_024
/** From one piece of an answer to the next, either way. Not a bound on the whole: that is of its pieces. */
export const REQUEST_PROGRESS_TIMEOUT_MS = 10_000
