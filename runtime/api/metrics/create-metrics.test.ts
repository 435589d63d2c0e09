import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { testWith } from '../../../simulations/kit/test-with.ts'
import { createMetrics } from './create-metrics.ts'
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-table.ts'

function fedMetrics() {
  const metrics = createMetrics('1.2.3')
  metrics.count('konor_jobs_total', { kind: 'apply', state: 'succeeded' }, 2)
  metrics.set('konor_nodes', { liveness: 'alive' }, 3)
  metrics.observe('konor_journal_append_duration_seconds', {}, 0.002)
  metrics.observe(
    'konor_http_request_duration_seconds',
    { method: 'GET', route: '/health', status: 200 },
    0.1,
  )
  return metrics
}

test('what was counted, set and observed stands in the text', async t => {
  const metrics = fedMetrics()
  const stop = metrics.onScrape(() => metrics.set('konor_links', {}, 7))
  const text = await metrics.text()
  stop()
  t.true(text.includes('konor_jobs_total{kind="apply",state="succeeded"} 2'))
  t.true(text.includes('konor_nodes{liveness="alive"} 3'))
  t.true(text.includes('konor_journal_append_duration_seconds_count 1'))
  t.true(text.includes('konor_links 7'))
  t.true(text.includes('konor_build_info{version="1.2.3"} 1'))
  metrics.resetGauge('konor_nodes')
  t.false((await metrics.text()).includes('konor_nodes{'))
})

test('two centrals in one process count apart', async t => {
  const [one, other] = [createMetrics('1'), createMetrics('1')]
  one.count('konor_events_sent_total', {}, 5)
  t.true((await one.text()).includes('konor_events_sent_total 5'))
  t.true((await other.text()).includes('konor_events_sent_total 0'))
})

test('names follow the rules of Prometheus', t => {
  for (const name of Object.keys(COUNTERS)) t.regex(name, /^konor_[a-z_]+_total$/)
  for (const name of [...Object.keys(GAUGES), ...Object.keys(HISTOGRAMS)])
    t.regex(name, /^konor_(?!.*_(total|count|sum|ms)$)[a-z_]+$/)
})

const testWithPromtool = await testWith('promtool')

testWithPromtool('promtool finds nothing to object to', async (t, promtool) => {
  const child = spawn(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data.toString()))
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const closed = once(child, 'close')
  child.stdin.end(await fedMetrics().text())
  const [code] = (await closed) as [number]
  t.is(said, '')
  t.is(code, 0)
})
