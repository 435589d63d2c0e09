/** How long a probe of a peer counts. */
export const PROBES_WINDOW_MS = 60_000
/** Probes that are remembered: gossip makes one or two a second. */
export const PROBES_MAX = 256

interface Ended {
  readonly atMs: number
  /** Undefined when nobody answered. */
  readonly roundTripMs: number | undefined
  readonly reached: boolean
}

/** The way to the peers, as this node's own probes found it over the last minute. */
export class PeerProbes {
  #ended: Ended[] = []

  ended(atMs: number, reached: boolean, roundTripMs?: number): void {
    this.#ended.push({ atMs, reached, roundTripMs })
    if (this.#ended.length > PROBES_MAX) this.#ended.shift()
  }

  /** The median round trip of those that were measured, and the share without an answer; absent without any. */
  look(nowMs: number): { readonly peerRoundTripMs?: number; readonly peerLoss?: number } {
    this.#ended = this.#ended.filter(({ atMs }) => atMs > nowMs - PROBES_WINDOW_MS)
    const probes = this.#ended.length
    if (probes === 0) return {}
    const times = this.#ended.flatMap(({ roundTripMs }) => (roundTripMs === undefined ? [] : [roundTripMs]))
    const median = times.sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)]
    const lost = this.#ended.filter(({ reached }) => !reached).length
    return { peerLoss: lost / probes, ...(median === undefined ? {} : { peerRoundTripMs: median }) }
  }
}
