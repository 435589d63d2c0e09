/** Why a datagram changed nothing. */
export type Refusal =
  /** Too short, too long, or without our magic. */
  | 'foreign'
  /** Another version of the protocol. */
  | 'version'
  /** Sealed under a key that is not installed. */
  | 'unknown-key'
  /** Its tag does not verify: damaged, forged, of another cluster, for a former session, or by who has not the key. */
  | 'unsealed'
  /** Taken before, or too old to tell. */
  | 'replayed'
  /** Our own packet came back. */
  | 'reflected'
  /** A stranger, and its source has used up its share. */
  | 'limited'
  /** Of a session that is not known, not at this address, or not under the key of the pair: it was asked who it is. */
  | 'unproven'
  /** An echo that is late, of another address, or without the key of its id. */
  | 'disproven'
  /** Authentic, and not of the protocol. */
  | 'malformed'
  /** Of a session that speaks for another member. */
  | 'impostor'
  /** A kind of a later version. */
  | 'unknown-kind'

/** Counters of a channel since it was made. */
export interface ChannelStats {
  readonly packetsSealed: number
  readonly packetsTaken: number
  readonly handshakesSent: number
  readonly requestsSentAgain: number
  readonly sessionsAdmitted: number
  readonly sessionsKnown: number
  readonly requestsHeld: number
  readonly refused: Readonly<Record<Refusal, number>>
}

export function noRefusals(): Record<Refusal, number> {
  return {
    foreign: 0,
    version: 0,
    'unknown-key': 0,
    unsealed: 0,
    replayed: 0,
    reflected: 0,
    limited: 0,
    unproven: 0,
    disproven: 0,
    malformed: 0,
    impostor: 0,
    'unknown-kind': 0,
  }
}
