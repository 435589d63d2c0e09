import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { CancelTimer, Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { DialOptions, Link, LinkHandler, LinkTransport } from './link.ts'

export interface Backoff {
  /** Upper end of the first wait; it doubles with every attempt that fails. */
  readonly minMs: number
  /** Upper end of any wait. A link that lived that long begins again with `minMs`. */
  readonly maxMs: number
}

export interface KeepLinkedOptions {
  readonly transport: LinkTransport
  readonly dial: Omit<DialOptions, 'handler'>
  readonly clock: Clock
  readonly random: Random
  readonly backoff: Backoff
  /** Called for each link that came up. */
  readonly onLink: (link: Link) => LinkHandler
  /** Called when a link went down or an attempt failed. `reason` is undefined after a plain close by the peer. */
  readonly onDown: (down: {
    readonly reason: Error | undefined
    readonly retryInMs: number
    readonly wasUp: boolean
  }) => void
}

export interface KeptLink {
  /** The link that is up now. */
  readonly link: Link | undefined
  /** Ends the link and the attempts; resolves when both are over. `onDown` is not called any more. */
  stop(): Promise<void>
}

/**
 * Holds a link to one peer for ever: after each end it dials again, after a wait drawn evenly from [0, min(maxMs,
 * minMs × 2^attempts)] ("full jitter", Brooker, "Exponential Backoff and Jitter", AWS 2015) so that a fleet does not
 * return in one wave. A reason that is not retryable (a wrong or refused identity) slows it to the upper half of
 * `maxMs`, and never ends it: what an admin repairs is found again without anybody restarting an agent.
 */
export function keepLinked(options: KeepLinkedOptions): KeptLink {
  const { clock, random, backoff } = options
  let attempts = 0
  let link: Link | undefined
  let stopped = false
  let cancelWait: CancelTimer = () => {}
  let wake: () => void = () => {}

  async function run(): Promise<void> {
    while (!stopped) {
      const down = await tryOnce()
      if (stopped) return
      const retryInMs = nextWaitMs(down.reason)
      options.onDown({ ...down, retryInMs })
      await wait(retryInMs)
    }
  }

  async function tryOnce(): Promise<{ reason: Error | undefined; wasUp: boolean }> {
    try {
      await options.transport.dial({ ...options.dial, handler: onLink })
    } catch (error) {
      link = undefined
      return { reason: error as Error, wasUp: false }
    }
    const upAtMs = clock.monotonicMs()
    const reason = await link?.closed
    link = undefined
    if (clock.monotonicMs() - upAtMs >= backoff.maxMs) attempts = 0
    return { reason, wasUp: true }
  }

  function onLink(newLink: Link): LinkHandler {
    link = newLink
    if (!stopped) return options.onLink(newLink)
    newLink.close()
    return { onMessage() {} }
  }

  function nextWaitMs(reason: Error | undefined): number {
    if (isKonorError(reason) && !reason.spec.retryable) return backoff.maxMs * (0.5 + random.fraction() / 2)
    const highestMs = Math.min(backoff.maxMs, backoff.minMs * 2 ** attempts)
    attempts++
    return highestMs * random.fraction()
  }

  function wait(ms: number): Promise<void> {
    return new Promise(resolve => {
      if (stopped) return resolve()
      wake = resolve
      cancelWait = clock.startTimer(ms, resolve)
    })
  }

  const ended = run()
  return {
    get link() {
      return link
    },
    stop() {
      stopped = true
      cancelWait()
      wake()
      link?.close()
      return ended
    },
  }
}
