import { readFileSync } from 'node:fs'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { RETENTION_MS } from '../../analytics/health-store.ts'
import { type Webhook, webhookOf, WEBHOOKS_MAX, webhookSecret } from '../../analytics/webhooks/webhook.ts'
import type { AnalyticsSettings } from '../../central/central-analytics.ts'
import type { Settings } from './resolve-settings.ts'

/** What `konor up` was told of analytics and alerts, checked: a webhook that cannot work is an error at the start. */
export function analyticsSettings(settings: Settings): AnalyticsSettings {
  const retention = {
    '10s': settings.durationMs('analytics-keep-fine') ?? RETENTION_MS['10s'],
    '1m': settings.durationMs('analytics-keep-minutes') ?? RETENTION_MS['1m'],
    '1h': settings.durationMs('analytics-keep-hours') ?? RETENTION_MS['1h'],
  }
  const targets = webhooksIn(settings.list('alert-webhook'))
  if (targets.length === 0) return { retention }
  const file = settings.text('alert-webhook-secret-file')
  if (file === undefined)
    throw new KonorError(
      'KONOR_CLI_USAGE',
      '--alert-webhook needs --alert-webhook-secret-file: receivers must be able to tell who speaks',
    )
  return { retention, webhooks: { targets, secret: webhookSecret(read(file)) } }
}

function webhooksIn(urls: readonly string[]): readonly Webhook[] {
  const byId = new Map(urls.map(webhookOf).map(webhook => [webhook.id, webhook]))
  if (byId.size <= WEBHOOKS_MAX) return [...byId.values()]
  throw new KonorError('KONOR_CLI_USAGE', `--alert-webhook: at most ${WEBHOOKS_MAX} of them`)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `cannot read the secret in ${file}`, { cause })
  }
}
