import { errorTable } from './error-spec.ts'

export const analyticsErrors = errorTable({
  KONOR_ANALYTICS_STORE: {
    status: 500,
    exit: 20,
    retryable: true,
    title: 'The history of health cannot be kept',
    help: 'Check the disk and the permissions of `analytics.db` in the data directory. It holds no truth: it may be removed while the central is down.',
  },
  KONOR_ANALYTICS_WEBHOOK: {
    status: 502,
    exit: 20,
    retryable: true,
    title: 'A webhook did not take an alert',
    help: 'Look at what the receiver answered; it must say 2xx within ten seconds, and redirects are not followed. The delivery is repeated for about an hour.',
  },
  KONOR_ANALYTICS_WEBHOOK_GONE: {
    status: 410,
    exit: 20,
    retryable: false,
    title: 'The webhook of an alert is no longer configured',
    help: 'The central was started without the webhook that this alert was owed to. Give --alert-webhook again if that was a mistake.',
  },
})
