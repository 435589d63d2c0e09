import type { Message, Update } from '../../runtime/gossip/core/messages.ts'
import type { MemberLife } from '../cluster/gossip-log.ts'
import type { GossipStep } from '../cluster/gossip-tape.ts'

const MEETING_REPETITIONS = 2

/**
 * What is so, whatever members believe: how far each has lived by its own count, who said farewell, who accused whom of
 * what it saw itself, and which packets were sent.
 */
export class GossipGround {
  readonly #incarnations = new Map<string, number>()
  readonly #farewells = new Set<string>()
  readonly #proofs = new Set<string>()
  readonly #accusers = new Set<string>()
  readonly #addresses = new Map<MemberLife, string>()
  readonly #sent = new Map<string, number>()

  /** Notes what this step makes true. Call it before the step is judged. */
  take({ observer, input, outputs, forged, changes, incarnation }: GossipStep): void {
    // An accusation that nobody could see through until its subject objects: it may be believed so far.
    for (const output of forged)
      for (const update of output.kind === 'datagram' ? updatesIn(output.message) : [])
        for (const accuser of update.accusers ?? []) this.accused(accuser, update)
    this.#incarnations.set(`${observer.id} ${observer.epoch}`, incarnation)
    if (input.kind === 'leave') this.#farewells.add(`${observer.id} ${observer.epoch}`)
    const own = changes.find(({ id }) => id === observer.id)?.after
    if (own !== undefined) {
      this.#addresses.set(observer, own.address)
      this.#proofs.add(proofOf(own.status, own))
    }
    for (const output of outputs)
      if (output.kind !== 'stream-probe') {
        const key = `${observer.id} ${observer.epoch} ${output.to} ${contentOf(output.message)}`
        this.#sent.set(key, (this.#sent.get(key) ?? 0) + timesOf(output.message))
      }
  }

  /** Whether a member has said of itself that it got so far. */
  hasLived({ id, epoch, incarnation }: Life): boolean {
    return (this.#incarnations.get(`${id} ${epoch}`) ?? -1) >= incarnation
  }

  hasLeft(id: string, epoch: number): boolean {
    return this.#farewells.has(`${id} ${epoch}`)
  }

  /** Whether its subject has said this of itself, and signed it so. */
  isProven(update: Update): boolean {
    return update.signature !== undefined && this.#proofs.has(proofOf(update.state, update))
  }

  /** The member saw for itself that this life is silent. */
  accused(accuser: string, life: Life): void {
    this.#accusers.add(`${accuser} ${keyOf(life)}`)
  }

  hasAccused(accuser: string, life: Life): boolean {
    return this.#accusers.has(`${accuser} ${keyOf(life)}`)
  }

  /** Whether this packet was sent, and was not taken before as often as that. */
  isGenuine({ observer, input }: GossipStep): boolean {
    if (input.kind !== 'message') return true
    const { id, epoch } = input.from
    const key = `${id} ${epoch} ${this.#addresses.get(observer) ?? ''} ${contentOf(input.message)}`
    const left = (this.#sent.get(key) ?? 0) - 1
    this.#sent.set(key, left)
    return left >= 0
  }
}

export interface Life {
  readonly id: string
  readonly epoch: number
  readonly incarnation: number
}

export function keyOf({ id, epoch, incarnation }: Life): string {
  return `${id} ${epoch} ${incarnation}`
}

function proofOf(state: string, { signature, ...life }: Life & Pick<Update, 'signature'>): string {
  return `${state} ${keyOf(life)} ${signature === undefined ? '' : Buffer.from(signature).toString('base64')}`
}

/** Everything that is said of members in a message. */
export function updatesIn(message: Message): readonly Update[] {
  if ('updates' in message) return message.updates
  if ('records' in message) return message.records
  return message.kind === 'join' ? [message.record] : []
}

/** To one that does not know the session yet, a request is sent again when that is settled. */
function timesOf({ kind }: Message): number {
  return kind === 'ping' || kind === 'join' ? 1 + MEETING_REPETITIONS : 1
}

function contentOf(message: Message): string {
  const said = updatesIn(message).map(update => `${update.state} ${keyOf(update)}`)
  return `${message.kind} ${'seq' in message ? message.seq : ''} ${said.join()}`
}
