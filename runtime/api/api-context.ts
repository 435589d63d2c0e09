import type { Control } from '../engine/control.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { StreamLimits } from './events/stream-limits.ts'
import type { Rehearsals } from '../rehearsals/rehearsals.ts'
import type { Metrics } from './metrics/create-metrics.ts'

export interface ApiOptions {
  /** Lets HTTP without TLS leave the machine: for a network that is encrypted by other means. */
  readonly insecureHttp?: boolean
  readonly rateLimitPerSecond?: number
}

export interface ApiDependencies {
  readonly control: Control
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  /** Left out: this central plays none. */
  readonly rehearsals?: Rehearsals
  readonly options: ApiOptions
}

/** What every route gets: the dependencies and what the server shares among requests. */
export interface ApiContext extends ApiDependencies {
  /** Aborted when the server closes: ends event streams and waits. */
  readonly closing: AbortSignal
  readonly streams: StreamLimits
}
