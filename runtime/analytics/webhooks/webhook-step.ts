import { createHash } from 'node:crypto'
import type { Delivery } from '../../../actors/alert/chart.ts'
import { decodeCbor } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { StepExecutor } from '../../engine/step-runner.ts'
import type { Effect } from '../../kernel/kernel-state.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PostDelivery } from './post-delivery.ts'
import { DELIVERY_HEADER, SIGNATURE_HEADER, signDelivery } from './sign-delivery.ts'
import type { Webhook } from './webhook.ts'

/** How long a receiver may take to answer. */
export const DELIVERY_TIMEOUT_MS = 10_000
/** Attempts at one delivery; with waits of up to five minutes it is given up after an hour and a half on average. */
export const DELIVERY_ATTEMPTS_MAX = 45
export const DELIVERY_BACKOFF_MIN_MS = 500
export const DELIVERY_BACKOFF_MAX_MS = 300_000
/** Deliveries under way at once: a receiver that is slow to answer holds up others, not central. */
export const DELIVERIES_AT_ONCE_MAX = 4

export interface WebhookStepOptions {
  readonly webhooks: readonly Webhook[]
  readonly secret: string
  readonly cluster: () => string
  readonly clock: Clock
  readonly post: PostDelivery
  /** Told of each attempt. */
  onAttempt?(outcome: 'delivered' | 'failed'): void
}

export interface WebhookStep extends StepExecutor {
  /** Ends what is under way; it is taken up again by the next leader. */
  close(): void
}

/**
 * Delivers alerts: at least once each, the same bytes and the same delivery id at every attempt. A delivery succeeds
 * when the receiver answers 2xx.
 */
export function createWebhookStep(options: WebhookStepOptions): WebhookStep {
  const closing = new AbortController()
  const gate = new Gate(DELIVERIES_AT_ONCE_MAX)
  return {
    class: 'keyed-once',
    retry: {
      attemptsMax: DELIVERY_ATTEMPTS_MAX,
      minMs: DELIVERY_BACKOFF_MIN_MS,
      maxMs: DELIVERY_BACKOFF_MAX_MS,
    },
    async perform(effect) {
      await gate.pass(() => deliver(options, effect, closing.signal))
      return () => ({ event: { type: 'DELIVERED' } })
    },
    failed: (_, cause) => ({
      type: 'UNDELIVERED',
      reason: isKonorError(cause) ? `${cause.code}: ${cause.message}` : 'the delivery failed',
    }),
    close: () => closing.abort(),
  }
}

async function deliver(options: WebhookStepOptions, effect: Effect, closing: AbortSignal): Promise<void> {
  const { webhooks, secret, cluster, clock, post, onAttempt } = options
  const delivery = effect.data as unknown as Delivery
  const webhook = webhooks.find(({ id }) => id === delivery.target)
  if (webhook === undefined)
    throw new KonorError(
      'KONOR_ANALYTICS_WEBHOOK_GONE',
      `no webhook ${delivery.target} is configured any more`,
    )
  const deliveryId = createHash('sha256').update(effect.key).digest('hex').slice(0, 32)
  const body = bodyOf(delivery, deliveryId, cluster())
  const attempt = new AbortController()
  const abort = (): void => attempt.abort()
  closing.addEventListener('abort', abort)
  const cancel = clock.startTimer(DELIVERY_TIMEOUT_MS, abort)
  try {
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'konorkestra',
      [DELIVERY_HEADER]: deliveryId,
      [SIGNATURE_HEADER]: signDelivery(secret, body, clock.wallMs()),
    }
    const status = await post({ url: webhook.url, headers, body, signal: attempt.signal })
    if (status < 200 || status > 299) throw refused(webhook, `it answered ${status}`)
    onAttempt?.('delivered')
  } catch (cause) {
    onAttempt?.('failed')
    throw isKonorError(cause) ? cause : refused(webhook, 'it did not answer', cause)
  } finally {
    cancel()
    closing.removeEventListener('abort', abort)
  }
}

/** The path and query of a webhook's URL are its secret: only its host is told. */
function refused({ id, url }: Webhook, why: string, cause?: unknown): KonorError {
  const message = `webhook ${id} at ${url.host} took no alert: ${why}`
  return new KonorError('KONOR_ANALYTICS_WEBHOOK', message, cause === undefined ? {} : { cause })
}

function bodyOf(delivery: Delivery, deliveryId: string, cluster: string): string {
  const { event, kind, subject, severity, summary, evidence, atMs, raisedAtMs, raisedSeq, reason } = delivery
  return JSON.stringify({
    delivery: deliveryId,
    event,
    at: new Date(atMs).toISOString(),
    cluster,
    alert: {
      id: delivery.id,
      // One occurrence: what is raised and what is cleared belong together by it.
      occurrence: raisedSeq,
      kind,
      subject,
      severity,
      summary,
      // In the order of its stored form: a later leader reads it from there, and the bytes must be the same.
      evidence: decodeCbor(encodeCanonical(evidence)),
      raisedAt: new Date(raisedAtMs).toISOString(),
      ...(reason === null ? {} : { reason }),
    },
  })
}

/** Lets so many through at once; others wait in their order. The deliveries that the state may hold bound them. */
class Gate {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(width: number) {
    this.#free = width
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(enter => this.#waiting.push(enter))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
