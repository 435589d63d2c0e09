import { createHash } from 'node:crypto'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/** Webhooks of one central. */
export const WEBHOOKS_MAX = 8
/** A shorter secret could be guessed from one signature. */
export const WEBHOOK_SECRET_LENGTH_MIN = 16

/** Where alerts are sent. Only the operator's settings say so: nothing that anybody applies does. */
export interface Webhook {
  /** Opaque, of the URL: what the journal names it by, since a URL may hold a secret. */
  readonly id: string
  readonly url: URL
}

/**
 * A webhook from what an operator wrote. Throws `KONOR_CLI_USAGE` for what is no URL, carries credentials, or would
 * leave this machine without TLS.
 */
export function webhookOf(text: string): Webhook {
  if (!URL.canParse(text)) throw usage('--alert-webhook: expected https://HOST/PATH')
  const url = new URL(text)
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  // Judged by the text alone: a name other than localhost may mean another address tomorrow.
  const staysHere = host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && staysHere))
    throw usage(`--alert-webhook: ${url.protocol}//${url.host} must be https, unless it is on this machine`)
  if (url.username !== '' || url.password !== '')
    throw usage('--alert-webhook: no user or password in the URL; receivers check the signature')
  return { id: createHash('sha256').update(url.href).digest('hex').slice(0, 16), url }
}

/** The secret as it stands in its file, without the line break at its end. Throws `KONOR_CLI_USAGE` when too short. */
export function webhookSecret(text: string): string {
  const secret = text.trim()
  if (secret.length >= WEBHOOK_SECRET_LENGTH_MIN) return secret
  throw usage(`--alert-webhook-secret-file: expected ${WEBHOOK_SECRET_LENGTH_MIN} characters or more`)
}

function usage(message: string): KonorError {
  return new KonorError('KONOR_CLI_USAGE', message)
}
