const GOSSIP_INTERVAL_MS = 200
const FANOUT = 3
/** Of the messages of a round so many count: the others tell what is known. */
const EFFECT = 0.5

/**
 * Time until `fraction` of `members` know, by the formula of serf's convergence simulator at memberlist's LAN
 * settings: each round reaches 1 / (1 + (N + 1) · e^(-β x)) of them after x rounds, β = fanout · (1 - loss) · 0.5.
 */
export function serfSpreadMs(members: number, fraction: number, loss = 0): number {
  const perRound = FANOUT * (1 - loss) * EFFECT
  return (GOSSIP_INTERVAL_MS * Math.log(((members + 1) * fraction) / (1 - fraction))) / perRound
}
