import type { Clock } from '../../runtime/ports/clock.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { GroupService } from '../groups/group-service.ts'
import type { ServedStates } from './served-states.ts'

/** The sending half of a connection, as its session sees it. */
export interface SessionChannel {
  /** Queues one whole frame. */
  send(frame: Uint8Array): void
  /** Bytes that the other side has not taken yet. */
  readonly queuedBytes: number
  /** Drops what is queued behind the frame on its way, sends `last` if given, and closes. */
  abort(last: Uint8Array): void
  /** Closes after everything queued has left. */
  end(): void
}

/** A session that an instance is registered through. */
export interface RegistrationHolder {
  /** The same instance came back on another connection. */
  supersede(): void
}

/** What all sessions of one server share. */
export interface SessionContext {
  readonly service: GroupService
  readonly states: ServedStates
  readonly clock: Clock
  readonly logger: Logger
  readonly faults: Faults
  /** Which session holds an instance's registration, so that a reconnect takes it over. */
  readonly holders: Map<string, RegistrationHolder>
  /** Unread and unsent bytes of all sessions. */
  readonly buffered: { bytes: number }
}
