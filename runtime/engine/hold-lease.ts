import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { SharedJournal } from '../journal/shared-journal.ts'
import type { CancelTimer, Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { RunningLeader } from './leader-options.ts'
import { Silence } from './silence.ts'

export interface LeaseOptions {
  readonly leader: RunningLeader
  readonly journal: SharedJournal
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly leaseMs: number
}

/**
 * What a leader owes the others on its log: it beats each lease, and it deposes itself as soon as it sees that another
 * has claimed, or when it does not hear its own words any more for as long as the others need to claim: it is cut off
 * from the log, and those who hang on it are better served elsewhere. That is courtesy; safe it is by the log, which
 * takes nothing of a lower epoch. Answers how to stop.
 */
export function holdLease({ leader, journal, clock, random, logger, leaseMs }: LeaseOptions): () => void {
  let cancelBeat: CancelTimer = () => {}
  let isOver = false
  const silence = new Silence({ clock, random, leaseMs, onSilent: () => lose(cutOff()) })

  const unfollow = journal.follow(leader.position.seq + 1, {
    onRecord: ({ timeline, epoch }) => heard(timeline, epoch),
    onBeat: epoch => heard(leader.order.timeline, epoch),
    onBroken: lose,
  })

  function heard(timeline: number, epoch: number): void {
    if (isOver) return
    const { order } = leader
    if (timeline > order.timeline || epoch > order.epoch) return lose(outranked(epoch))
    if (epoch === order.epoch) silence.heard()
  }

  function lose(cause: unknown): void {
    if (isOver) return
    stop()
    leader.depose(cause)
  }

  function beat(): void {
    journal.beat(leader.order.epoch).catch((cause: unknown) => {
      logger.debug({ err: cause }, 'a beat of the leader was not sent')
    })
    cancelBeat = clock.startTimer(leaseMs, beat)
  }

  function stop(): void {
    isOver = true
    cancelBeat()
    silence.stop()
    unfollow()
  }

  beat()
  return stop
}

function outranked(epoch: number): KonorError {
  const message = `another central leads with epoch ${epoch}`
  return new KonorError('KONOR_ENGINE_NO_LEADER', message, { details: { epoch } })
}

function cutOff(): KonorError {
  return new KonorError('KONOR_ENGINE_NO_LEADER', 'nothing comes back from the log: others will claim')
}
