/**
 * Randomness as the host gives it: the operating system's in production, a seeded stream in the simulator.
 */
export interface Random {
  /** `sizeBytes` fresh bytes, fit for keys where the host is a real one. */
  bytes(sizeBytes: number): Uint8Array
  /** A number in [0, 1). */
  fraction(): number
}
