import { SEEDS_MAX } from '../../runtime/gossip/core/join.ts'
import { readGossipAddress } from '../../runtime/gossip/udp/gossip-address.ts'
import type { Random } from '../../runtime/ports/random.ts'

/** Addresses of other members that an agent keeps, to find them again without central. */
export const MEMBERS_KEPT_MAX = 32
/** Seeds of central's choice that are asked each time; it names itself first. */
const INVITED_FIRST = SEEDS_MAX / 2

/**
 * The addresses worth keeping: those kept before that still live, then others that live, then those that are away, who
 * may be back when they are needed. Each agent draws its own.
 */
export function membersToKeep(
  former: readonly string[],
  living: readonly string[],
  random: Random,
): readonly string[] {
  const alive = new Set(living)
  const stayed = former.filter(address => alive.has(address))
  return [...new Set([...stayed, ...shuffled(living, random), ...former])].slice(0, MEMBERS_KEPT_MAX)
}

/** Whom to ask to be let in: some of central's choice, and others that are known, other ones each time. */
export function seedsToAsk(
  invited: readonly string[],
  known: readonly string[],
  random: Random,
): readonly string[] {
  const first = invited.slice(0, INVITED_FIRST)
  const seeds = [...first, ...shuffled([...invited.slice(INVITED_FIRST), ...known], random)]
  return [...new Set(seeds)].filter(isReachable).slice(0, SEEDS_MAX)
}

function isReachable(address: string): boolean {
  return (readGossipAddress(address)?.port ?? 0) > 0
}

/** Fisher-Yates (Knuth, TAOCP vol. 2, 3.4.2, algorithm P). */
function shuffled(addresses: readonly string[], random: Random): string[] {
  const drawn = [...addresses]
  for (let last = drawn.length - 1; last > 0; last--) {
    const at = Math.floor(random.fraction() * (last + 1))
    ;[drawn[at], drawn[last]] = [drawn[last] ?? '', drawn[at] ?? '']
  }
  return drawn
}
