import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { Delivery } from '../../../actors/alert/chart.ts'
import type { Address } from '../../../actors/vocabulary/address.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Effect } from '../../kernel/kernel-state.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import { postOverHttp } from './post-delivery.ts'
import { webhookOf, webhookSecret } from './webhook.ts'
import { createWebhookStep, DELIVERIES_AT_ONCE_MAX, DELIVERY_TIMEOUT_MS } from './webhook-step.ts'

const SECRET = 'a secret of sixteen or more'

interface Got {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A receiver that answers the given statuses, the last one for ever. */
async function receive(t: ExecutionContext, statuses: readonly number[]) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      response.statusCode = statuses[got.length - 1] ?? statuses.at(-1) ?? 200
      response.setHeader('location', '/elsewhere').end('taken')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=of-theirs` }
}

function effectTo(target: string, key = 'webhook/1'): Effect {
  const delivery: Delivery = {
    target,
    event: 'alert.raised',
    id: 'flapping/node/n1',
    kind: 'flapping',
    subject: 'node/n1',
    severity: 'warning',
    summary: 'it comes and goes',
    evidence: { changes: 6 },
    raisedSeq: 7,
    atMs: 1_000,
    raisedAtMs: 1_000,
    reason: null,
  }
  const data = delivery as unknown as CborValue
  return { key, kind: 'webhook', data, from: 'alert/flapping/node/n1' as Address, sinceSeq: 7 }
}

function stepTo(url: string, post = postOverHttp) {
  const webhook = webhookOf(url)
  const step = createWebhookStep({
    webhooks: [webhook],
    secret: SECRET,
    cluster: () => 'c1',
    clock: nodeClock,
    post,
  })
  return { step, effect: effectTo(webhook.id) }
}

test('a receiver can tell who speaks: the signature covers time and body', async t => {
  const { got, url } = await receive(t, [204])
  const { step, effect } = stepTo(url)
  await step.perform(effect)
  const [{ headers, body } = { headers: {}, body: '' }] = got
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['konor-signature'])) ?? []
  t.is(hex, createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'))
  t.like(JSON.parse(body), {
    event: 'alert.raised',
    cluster: 'c1',
    delivery: headers['konor-delivery'],
    alert: { kind: 'flapping', subject: 'node/n1', occurrence: 7 },
  })
})

test('each attempt carries the same bytes and the same id; what is not 2xx is to be tried again', async t => {
  const { got, url } = await receive(t, [500, 302, 200])
  const { step, effect } = stepTo(url)
  for (const status of [500, 302]) {
    const error = await t.throwsAsync(step.perform(effect), { code: 'KONOR_ANALYTICS_WEBHOOK' })
    t.true(isKonorError(error) && error.spec.retryable)
    t.true(error?.message.includes(`answered ${status}`), error?.message)
    t.false(error?.message.includes('of-theirs'), 'a path or query may be a secret')
  }
  await step.perform(effect)
  t.is(got.length, 3, 'no redirect was followed')
  t.is(new Set(got.map(({ body }) => body)).size, 1)
  t.is(new Set(got.map(({ headers }) => headers['konor-delivery'])).size, 1)
})

test('a leader that reads the delivery from its stored form sends the same bytes as the one that folded it', async t => {
  const { got, url } = await receive(t, [200])
  const { step, effect } = stepTo(url)
  const evidence = { silent: 4, members: 5, nodes: ['n1'] }
  const data = { ...(effect.data as object), evidence } as unknown as CborValue
  await step.perform({ ...effect, data })
  await step.perform({ ...effect, data: decodeCbor(encodeCanonical(data)) as CborValue })
  const [first, second] = got.map(({ body }) => body)
  t.is(first, second)
})

test('a webhook that is no longer configured is given up at once', async t => {
  const { step } = stepTo('http://127.0.0.1:9/')
  const error = await t.throwsAsync(step.perform(effectTo('another')), {
    code: 'KONOR_ANALYTICS_WEBHOOK_GONE',
  })
  t.true(isKonorError(error) && !error.spec.retryable)
  t.like(step.failed(effectTo('another'), error), { type: 'UNDELIVERED' })
})

test('a receiver that never answers is cut off; only a few are talked to at once', async t => {
  const clock = new VirtualClock()
  const webhook = webhookOf('https://alerts.example/')
  let under = 0
  const step = createWebhookStep({
    webhooks: [webhook],
    secret: SECRET,
    cluster: () => 'c1',
    clock,
    post: ({ signal }) =>
      new Promise((_, reject) => {
        under++
        signal.addEventListener('abort', () => reject(new Error('cut off')))
      }),
  })
  const performed = Array.from({ length: DELIVERIES_AT_ONCE_MAX + 1 }, (_, index) =>
    step.perform(effectTo(webhook.id, `webhook/${index}`)),
  )
  const results = Promise.allSettled(performed)
  await pollUntil('the first are under way', () => under === DELIVERIES_AT_ONCE_MAX)
  clock.advanceBy(DELIVERY_TIMEOUT_MS)
  await pollUntil('the next one is', () => under === DELIVERIES_AT_ONCE_MAX + 1)
  step.close()
  t.true((await results).every(({ status }) => status === 'rejected'))
})

test('only what stays on the machine may go without TLS, and nothing carries credentials', t => {
  for (const url of [
    'https://alerts.example/x',
    'http://localhost:1/',
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
  ])
    t.is(webhookOf(url).url.href, new URL(url).href)
  for (const url of [
    'http://alerts.example/',
    'http://127.0.0.1.example/',
    'http://10.0.0.1/',
    'file:///etc/passwd',
    'https://u:p@alerts.example/',
    'no url',
  ])
    t.throws(() => webhookOf(url), { code: 'KONOR_CLI_USAGE' })
  t.throws(() => webhookSecret('short\n'), { code: 'KONOR_CLI_USAGE' })
  t.is(webhookSecret(`${SECRET}\n`), SECRET)
})
