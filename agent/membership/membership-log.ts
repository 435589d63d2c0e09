import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { Logger } from '../../runtime/ports/logger.ts'

/** Shorter stalls are the daily life of an event loop on a busy machine. */
const STALL_WORTH_TELLING_MS = 1_000

/** Tells people what the node's member sees: of others quietly, as there may be thousands; of itself plainly. */
export class MembershipLog {
  readonly #logger: Logger
  #stalls = 0
  #refutations = 0

  constructor(logger: Logger) {
    this.#logger = logger
  }

  note(event: MemberEvent): void {
    const logger = this.#logger
    switch (event.type) {
      case 'MEMBER_JOINED':
      case 'MEMBER_ALIVE':
      case 'MEMBER_SUSPECT':
      case 'MEMBER_DEAD':
      case 'MEMBER_LEFT': {
        const { id, epoch, address } = event.member
        return logger.debug({ event: event.type, member: id, epoch, address }, 'gossip tells of a member')
      }
      case 'MEMBER_CONFLICT': {
        const { id, reason, address } = event
        return logger.warn({ member: id, reason, address }, adviceOn(reason))
      }
      case 'SELF_WELCOMED':
        return logger.info({ by: event.by }, 'a member let this node into the gossip')
      case 'SELF_REFUTED': {
        const fields = { incarnation: event.incarnation, refutations: ++this.#refutations }
        return logger.warn(fields, 'others missed this node, which objected')
      }
      case 'SELF_STALLED': {
        const fields = { lagMs: Math.round(event.lagMs), stalls: ++this.#stalls }
        const text = 'this process stood still and blames nobody for it'
        return event.lagMs < STALL_WORTH_TELLING_MS ? logger.debug(fields, text) : logger.warn(fields, text)
      }
      default:
    }
  }
}

function adviceOn(reason: Extract<MemberEvent, { type: 'MEMBER_CONFLICT' }>['reason']): string {
  switch (reason) {
    case 'own-id-in-use':
      return 'another process runs with the key of this node: a data directory must not be copied'
    case 'own-epoch-behind':
      return 'others know a later start of this node: its data directory was restored, or is in use elsewhere'
    case 'address-differs':
    case 'address-reused':
      return 'a member is not where it says that it is'
    case 'forged':
      return 'a member passed on what its subject never signed'
  }
}
