import type { MemberRecord } from '../../runtime/gossip/core/member-record.ts'
import type { Update } from '../../runtime/gossip/core/messages.ts'
import type { Output } from '../../runtime/gossip/core/outputs.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { MemberLife } from './gossip-log.ts'

/** One step in so many of a forger carries a lie. */
const LIES_ONE_IN = 3
const LIES = 6
/** Further than anybody is believed who is not the subject. */
const LEAP = 2 ** 21

/**
 * A lie of a member, sealed as everything that it says: a life or a farewell of another without that one's proof, or an
 * accusation of a life that it has not begun or that is over. Told to those that have met the one that it is about; of
 * strangers anything can be said, until they are met.
 */
export function forgeries(
  random: SeededRandom,
  forger: MemberLife,
  lives: readonly MemberLife[],
): readonly Output[] {
  if (random.integer(LIES_ONE_IN) > 0) return []
  const present = lives.filter(
    ({ program, silentSinceMs }) => program.end === undefined && silentSinceMs === undefined,
  )
  const hearer = present[random.integer(present.length)]
  const known = hearer === undefined ? [] : [...hearer.member.records()].filter(({ joined }) => joined)
  const victim = known[random.integer(known.length)]
  const choice = random.integer(LIES)
  const noise = random.bytes(64)
  if (hearer === undefined || victim === undefined || hearer === forger) return []
  if (victim.id === forger.id || victim.id === hearer.id) return []
  const update = lieOf(choice, victim, forger, noise)
  const { address } = hearer.member.self
  return [{ kind: 'datagram', to: address, message: { kind: 'gossip', updates: [update] } }]
}

function lieOf(choice: number, held: MemberRecord, forger: MemberLife, noise: Uint8Array): Update {
  const { id, epoch, incarnation, status, signature } = held
  const { address } = forger.member.self
  const accusers = [forger.id, id].toSorted()
  if (status !== 'alive' && status !== 'suspect' && choice % 2 === 0)
    return { state: choice === 0 ? 'suspect' : 'dead', id, epoch, incarnation, accusers }
  switch (choice) {
    case 0:
      return { state: 'alive', id, epoch: epoch + 1, incarnation: 0, address }
    case 1:
      return { state: 'alive', id, epoch, incarnation: incarnation + 1, address, signature: noise }
    case 2:
      return { state: 'left', id, epoch, incarnation, ...(signature && { signature }) }
    case 3:
      return { state: 'left', id, epoch, incarnation, signature: noise }
    case 4:
      return { state: 'dead', id, epoch: epoch + 1, incarnation: 0, accusers }
    default:
      return { state: 'suspect', id, epoch, incarnation: incarnation + LEAP, accusers }
  }
}
