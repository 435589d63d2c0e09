import test from 'ava'
import { GOOD_KEY } from './memory-control.test.kit.ts'
import { startTestApi } from './start-test-api.test.kit.ts'
import { createValidator } from './validate.ts'

const YAML = { 'content-type': 'application/yaml' }

test('every route but health needs a key, in either header', async t => {
  const { url } = await startTestApi(t)
  t.is((await fetch(`${url}/health`)).status, 200)
  t.is((await fetch(`${url}/health/ready`)).status, 200)
  for (const path of ['/metrics', '/api/v1/groups', '/api/v1/openapi.json', '/api/v1/events', '/nowhere']) {
    const denied = await fetch(`${url}${path}`)
    t.is(denied.status, 401)
    t.is(denied.headers.get('content-type'), 'application/problem+json')
    t.regex(denied.headers.get('www-authenticate') ?? '', /Bearer/)
  }
  t.is(
    (await fetch(`${url}/api/v1/groups`, { headers: { authorization: `Bearer ${GOOD_KEY}` } })).status,
    200,
  )
  t.is((await fetch(`${url}/api/v1/groups`, { headers: { 'x-api-key': 'wrong' } })).status, 401)
})

test('problems of the framework are problem documents too', async t => {
  const { call, send } = await startTestApi(t)
  const huge = JSON.stringify({ value: 'x'.repeat(1024 * 1024) })
  const json = { 'content-type': 'application/json' }
  const cases: readonly [number, string, Promise<Response>][] = [
    [404, 'KONOR_API_NOT_FOUND', call('/api/v1/nowhere')],
    [405, 'KONOR_API_METHOD_NOT_ALLOWED', send('POST', '/api/v1/groups')],
    [405, 'KONOR_API_METHOD_NOT_ALLOWED', send('PATCH', '/api/v1/config/a/b')],
    [406, 'KONOR_API_NOT_ACCEPTABLE', call('/metrics', { headers: { accept: 'image/png' } })],
    [
      413,
      'KONOR_API_BODY_TOO_LARGE',
      call('/api/v1/config/a/b', { method: 'PUT', body: huge, headers: json }),
    ],
    [
      415,
      'KONOR_API_UNSUPPORTED_MEDIA_TYPE',
      call('/api/v1/apply', { method: 'POST', body: 'x', headers: { 'content-type': 'text/html' } }),
    ],
    [
      400,
      'KONOR_API_MALFORMED_BODY',
      call('/api/v1/config/a/b', { method: 'PUT', body: '{', headers: json }),
    ],
    [400, 'KONOR_API_INVALID_REQUEST', call('/api/v1/config/a/%zz')],
    [400, 'KONOR_API_INVALID_REQUEST', call('/api/v1/config/UPPER/key')],
    [400, 'KONOR_API_INVALID_REQUEST', call('/api/v1/groups?limit=0')],
    [400, 'KONOR_API_INVALID_REQUEST', call('/api/v1/groups?unknown=1')],
    [400, 'KONOR_API_INVALID_CURSOR', call('/api/v1/groups?cursor=abc')],
    [400, 'KONOR_API_INVALID_REQUEST', send('PUT', '/api/v1/config/a/b', { valeu: 1 })],
    [
      400,
      'KONOR_API_INVALID_REQUEST',
      send('PUT', '/api/v1/config/a/b', { value: 1 }, { 'if-match': 'W/"1"' }),
    ],
  ]
  const problem = createValidator({ coerceTypes: false }).getSchema('Problem')
  for (const [status, code, answer] of cases) {
    const response = await answer
    const body = (await response.json()) as Record<string, unknown>
    t.is(response.status, status, JSON.stringify(body))
    t.is(response.headers.get('content-type'), 'application/problem+json')
    t.is(body['code'], code)
    t.is(body['type'], `/docs/reference/errors/${code.toLowerCase().replaceAll('_', '-')}`)
    t.true(problem?.(body), JSON.stringify(problem?.errors))
    t.false(JSON.stringify(body).includes('    at '))
  }
})

test('validation names the place in the body', async t => {
  const { send } = await startTestApi(t)
  const response = await send('POST', '/api/v1/groups/payments/tokens', { uses: '3', expires: 'soon' })
  const { errors } = (await response.json()) as { errors: { pointer: string; message: string }[] }
  t.is(response.status, 400)
  t.deepEqual(errors.map(({ pointer }) => pointer).sort(), ['/expires', '/uses'])
})

test('a write answers 202 with the job and its location; a read sees it at its index', async t => {
  const { send, call } = await startTestApi(t)
  const put = await send('PUT', '/api/v1/config/teams/payments/stripe/rate-limit', { value: 1000 })
  const job = (await put.json()) as { id: string; index: string }
  t.is(put.status, 202)
  t.is(put.headers.get('location'), `/api/v1/jobs/${job.id}`)
  const got = await call(
    `/api/v1/config/teams/payments/stripe/rate-limit?index=${put.headers.get('konor-index')}`,
  )
  t.is(got.headers.get('etag'), '"1"')
  t.like(await got.json(), { path: '/teams/payments/stripe', key: 'rate-limit', value: 1000, version: 1 })
  const known = await call('/api/v1/config/teams/payments/stripe/rate-limit', {
    headers: { 'if-none-match': '"1"' },
  })
  t.is(known.status, 304)
})

test('fresh reads behind a barrier', async t => {
  const { call } = await startTestApi(t)
  const before = (await call('/api/v1/freeze')).headers.get('konor-index')
  const after = (await call('/api/v1/freeze?fresh=true')).headers.get('konor-index')
  t.is(before, '1-0')
  t.is(after, '1-1')
})

test('configuration is negotiated: JSON, YAML, raw', async t => {
  const { send, call } = await startTestApi(t)
  await send('PUT', '/api/v1/config/a/b/text', { value: 'hello: world' })
  await send('PUT', '/api/v1/config/a/b/list', { value: [1, 2] })
  const as = async (path: string, accept: string) => {
    const response = await call(`/api/v1/config/a/b/${path}`, { headers: { accept } })
    return [response.headers.get('content-type'), await response.text()]
  }
  t.deepEqual(await as('text', 'text/plain'), ['text/plain; charset=utf-8', 'hello: world'])
  t.deepEqual(await as('list', 'text/plain'), ['text/plain; charset=utf-8', '[1,2]'])
  const [type, yaml] = await as('text', 'application/yaml')
  t.is(type, 'application/yaml')
  t.regex(yaml ?? '', /^value: "hello: world"$/m)
  t.is((await call('/api/v1/config/a/b/', { headers: { accept: 'text/plain' } })).status, 406)
})

test('a list of keys pages through one immutable version', async t => {
  const { send, call } = await startTestApi(t)
  for (const key of ['a', 'b', 'c']) await send('PUT', `/api/v1/config/x/y/${key}`, { value: key })
  const first = (await (await call('/api/v1/config/x/y/?limit=2')).json()) as {
    items: unknown[]
    next: string
  }
  await send('DELETE', '/api/v1/config/x/y/c')
  const second = await (await call(`/api/v1/config/x/y/?limit=2&cursor=${first.next}`)).json()
  t.deepEqual(first.items, [
    { key: 'a', value: 'a' },
    { key: 'b', value: 'b' },
  ])
  t.like(second, { version: 3, items: [{ key: 'c', value: 'c' }], next: null })
  t.like(await (await call('/api/v1/config/')).json(), {
    items: [{ path: '/x/y', version: 4, keys: 2 }],
    next: null,
  })
  t.is((await call(`/api/v1/config/x/z/?cursor=${first.next}`)).status, 400)
})

test('Prefer: wait answers the end of the job, or the job as it stands', async t => {
  const { call, finish } = await startTestApi(t)
  const apply = (wait: string) =>
    call('/api/v1/apply', { method: 'POST', body: 'a: 1', headers: { ...YAML, prefer: `wait=${wait}` } })
  const waiting = await apply('0')
  t.is(waiting.status, 202)
  t.is(waiting.headers.get('preference-applied'), 'wait=0')

  const finishNewest = async (state: 'succeeded' | 'failed', reason?: string) => {
    const before = ((await (await call('/api/v1/jobs')).json()) as { items: { id: string }[] }).items.length
    const answer = apply('100000')
    for (;;) {
      const { items } = (await (await call('/api/v1/jobs')).json()) as { items: { id: string }[] }
      const newest = items.at(-1)
      if (items.length > before && newest !== undefined) {
        finish(newest.id, state, reason)
        return answer
      }
    }
  }
  const succeeded = await finishNewest('succeeded')
  t.is(succeeded.status, 200)
  t.is(succeeded.headers.get('preference-applied'), 'wait=60')
  const failed = await finishNewest('failed', 'rejected by n1')
  t.is(failed.status, 422)
  t.like(await failed.json(), {
    code: 'KONOR_API_JOB_FAILED',
    state: 'failed',
    reason: 'rejected by n1',
    status: 422,
  })
})

test('an idempotent request carries the digest of what it does', async t => {
  const { call, callers } = await startTestApi(t)
  const apply = (body: string) =>
    call('/api/v1/apply', { method: 'POST', body, headers: { ...YAML, 'idempotency-key': 'k1' } })
  const first = (await (await apply('a: 1')).json()) as { id: string }
  const second = (await (await apply('a: 1')).json()) as { id: string }
  t.is(first.id, second.id)
  t.is(callers.length, 1)
  t.is((await apply('a: 2')).status, 422)
})

test('manifests come as YAML, JSON or named files, and errors name the file', async t => {
  const { call } = await startTestApi(t)
  const body = JSON.stringify({ sources: [{ file: 'a.yaml', text: '' }] })
  const headers = { 'content-type': 'application/vnd.konor.sources+json' }
  const refused = await call('/api/v1/apply', { method: 'POST', body, headers })
  t.like(await refused.json(), { errors: [{ file: 'a.yaml', line: 1 }] })
  const dry = await call('/api/v1/apply?dryRun=true', { method: 'POST', body: '{}', headers: YAML })
  t.like(await dry.json(), { dryRun: true, diff: { changed: false }, plan: { plan: { steps: [] } } })
  const latin = await call('/api/v1/apply', {
    method: 'POST',
    body: Buffer.from([0xff, 0xfe]),
    headers: YAML,
  })
  t.is(latin.status, 400)
})

test('one trace goes through: header in, header out, problem', async t => {
  const { call, callers } = await startTestApi(t)
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  const missing = await call('/api/v1/jobs/none', { headers: { traceparent } })
  t.like(await missing.json(), { traceId })
  t.true(missing.headers.get('traceparent')?.includes(traceId))
  await call('/api/v1/apply', { method: 'POST', body: '{}', headers: { ...YAML, traceparent } })
  t.true(callers[0]?.traceparent?.includes(traceId))
})

test('a key that asks too often is slowed down', async t => {
  const { call } = await startTestApi(t, { rateLimitPerSecond: 3 })
  const answers = await Promise.all(Array.from({ length: 12 }, () => call('/api/v1/freeze')))
  const limited = answers.find(({ status }) => status === 429)
  t.truthy(limited?.headers.get('retry-after'))
  t.like(await limited?.json(), { code: 'KONOR_API_RATE_LIMITED', retryable: true })
})

test('readiness has a line per check', async t => {
  const { send, url } = await startTestApi(t)
  await send('POST', '/api/v1/freeze')
  const response = await fetch(`${url}/health/ready`)
  t.is(response.status, 503)
  t.like(await response.json(), { ready: false, checks: [{ name: 'journal', ok: false, detail: 'full' }] })
})

test('answers carry security headers and never the key', async t => {
  const { call } = await startTestApi(t)
  const { headers } = await call('/api/v1/groups')
  t.is(headers.get('x-content-type-options'), 'nosniff')
  t.is(headers.get('cache-control'), 'no-store')
  t.is(headers.get('x-frame-options'), 'DENY')
})

test('plain HTTP stays on the machine unless it is said', async t => {
  const { api } = await startTestApi(t)
  for (const address of ['0.0.0.0:0', '[::]:0', '192.0.2.1:80'])
    await t.throwsAsync(api.listen(address), { code: 'KONOR_API_INSECURE_BIND' })
  await t.throwsAsync(api.listen('nonsense'), { code: 'KONOR_API_LISTEN_FAILED' })
})

test('the page of an error is where its problem says', async t => {
  const { call } = await startTestApi(t)
  const { type } = (await (await call('/api/v1/nowhere')).json()) as { type: string }
  const page = await call(type)
  t.is(page.status, 200)
  t.regex(await page.text(), /^# KONOR_API_NOT_FOUND/)
})

test('rollout controls and rollback make jobs', async t => {
  const { send } = await startTestApi(t)
  for (const action of ['pause', 'resume', 'promote', 'abort', 'retry'])
    t.like(await (await send('POST', `/api/v1/groups/payments/rollout/${action}`)).json(), {
      kind: `rollout-${action}`,
    })
  t.is((await send('POST', '/api/v1/groups/payments/rollout/explode')).status, 404)
  t.like(await (await send('POST', '/api/v1/groups/payments/rollback', { to: 4 })).json(), {
    kind: 'rollback-4',
  })
  t.like(await (await send('POST', '/api/v1/groups/payments/rollback')).json(), { kind: 'rollback-previous' })
  t.is((await send('POST', '/api/v1/groups/payments/tokens', { uses: 3, expires: '24h' })).status, 201)
})

test('a body cannot reach a prototype, however it is spelled', async t => {
  const { call } = await startTestApi(t)
  const json = { 'content-type': 'application/json' }
  for (const key of ['__proto__', '\\u005f_proto__', '__\\u0070roto__']) {
    const body = `{"value":{"${key}":1}}`
    t.is((await call('/api/v1/config/a/b', { method: 'PUT', body, headers: json })).status, 400, body)
  }
})
