/** The only source of chance: the host gives a real one, a simulation a seeded stream. */
export interface GossipRandom {
  /** A number in [0, 1). */
  fraction(): number
}
