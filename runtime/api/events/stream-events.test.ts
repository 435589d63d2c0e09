import test from 'ava'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { EVENT_HEARTBEAT_MS } from '../api-limits.ts'
import { GOOD_KEY } from '../memory-control.test.kit.ts'
import { startTestApi } from '../start-test-api.test.kit.ts'

/** Reads a stream until its text holds `wanted`, then leaves. */
async function readUntil(url: string, wanted: string, headers: Record<string, string> = {}): Promise<string> {
  const leave = new AbortController()
  const response = await fetch(url, { headers: { 'x-api-key': GOOD_KEY, ...headers }, signal: leave.signal })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.includes(wanted)) break
  }
  leave.abort()
  return text
}

const idsOf = (text: string): string[] => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id ?? '')

test('resumes after any id without gap or repetition, by header or query', async t => {
  const { url, publish } = await startTestApi(t)
  for (let index = 0; index < 10; index++) publish('THING_DONE', `job/j${index}`, { index })
  const all = await readUntil(`${url}/api/v1/events?since=1-0.0`, 'id: 1-10.0\n')
  t.deepEqual(
    idsOf(all),
    Array.from({ length: 10 }, (_, index) => `1-${index + 1}.0`),
  )
  t.deepEqual(idsOf(await readUntil(`${url}/api/v1/events?since=1-7.0`, 'id: 1-10.0\n')), [
    '1-8.0',
    '1-9.0',
    '1-10.0',
  ])
  const header = { 'last-event-id': '1-9.0' }
  t.deepEqual(idsOf(await readUntil(`${url}/api/v1/events?since=1-2.0`, 'id: 1-10.0\n', header)), ['1-10.0'])
})

test('a foreign timeline or compacted history begins with a reset and its snapshot', async t => {
  const { url, publish, compact } = await startTestApi(t)
  for (let index = 0; index < 5; index++) publish('THING_DONE', `job/j${index}`, {})
  compact(3)
  for (const since of ['9-4.0', '1-1.0']) {
    const text = await readUntil(`${url}/api/v1/events?since=${since}`, '"nodes":[]')
    t.regex(text, /id: 1-5\.0\nevent: reset\ndata: \{"id":"1-5\.0","groups":\[\{"name":"payments"/)
  }
})

test('a filter hides other groups, and a heartbeat moves the position past them', async t => {
  const clock = new VirtualClock()
  const { url, publish } = await startTestApi(t, {}, clock)
  publish('A', 'group/orders', {})
  publish('B', 'sub/payments/n1', {})
  publish('C', 'job/j1', { group: 'payments' })
  publish('D', 'sub/orders/n1', {})
  const shown = await readUntil(`${url}/api/v1/events?since=1-0.0&group=payments`, 'id: 1-3.0\n')
  t.deepEqual(idsOf(shown), ['1-2.0', '1-3.0'])

  const reading = readUntil(`${url}/api/v1/events?since=1-0.0&group=payments`, 'id: 1-4.0\n')
  let isRead = false
  void reading.finally(() => (isRead = true))
  while (!isRead) {
    clock.advanceBy(EVENT_HEARTBEAT_MS)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.regex(await reading, /: heartbeat\nid: 1-4\.0\n\n/)
})

test('malformed positions are refused before the stream begins', async t => {
  const { call } = await startTestApi(t)
  t.is((await call('/api/v1/events?since=1-x')).status, 400)
  t.is((await call('/api/v1/events', { headers: { 'last-event-id': 'nonsense' } })).status, 400)
  t.is((await call('/api/v1/events', { headers: { accept: 'application/json' } })).status, 406)
})

test('a caller has a bound on its streams', async t => {
  const { url, call } = await startTestApi(t)
  const leave = new AbortController()
  const open = (): Promise<Response> =>
    fetch(`${url}/api/v1/events`, { headers: { 'x-api-key': GOOD_KEY }, signal: leave.signal })
  const streams = await Promise.all(Array.from({ length: 64 }, open))
  t.true(streams.every(({ status }) => status === 200))
  const refused = await call('/api/v1/events')
  t.is(refused.status, 429)
  t.like(await refused.json(), { code: 'KONOR_API_STREAMS_EXHAUSTED', details: { bound: 64 } })
  leave.abort()
})

test('closing the server ends streams', async t => {
  const { url, api } = await startTestApi(t)
  const response = await fetch(`${url}/api/v1/events`, { headers: { 'x-api-key': GOOD_KEY } })
  await api.close()
  t.regex(await response.text(), /^retry: /)
})
