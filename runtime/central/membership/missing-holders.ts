/** What is known of one living or linked node about the keys of a phase. */
export interface Holder {
  readonly node: string
  /** What its packets say; undefined: nothing yet. */
  readonly gossip: boolean | undefined
  /** Whether it answered on its link, after it was told. */
  readonly link: boolean
}

/**
 * Names of those that do not hold the keys yet, sorted. Packets are the better witness: they were sealed with the keys
 * that the member really holds. A member that was not heard since the phase began is believed on its link.
 */
export function missingOf(holders: Iterable<Holder>): string[] {
  const missing: string[] = []
  for (const { node, gossip, link } of holders) if (!(gossip ?? link)) missing.push(node)
  return missing.toSorted()
}
