import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import { spawnKonor } from '../../../simulations/kit/spawn-konor.ts'
import { startCluster } from '../cluster.test.kit.ts'
import type { RehearsalReport } from '../../rehearsals/rehearsal-report.ts'
import type { RehearsalView } from '../../rehearsals/rehearsal-view.ts'
import { readEventStream } from '../client/read-event-stream.ts'

const manifest = (rateLimit: number): string => `apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: /teams/payments }
spec: { entries: { rate-limit: ${rateLimit}, region: s3cret-value } }
---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: payments }
spec: { sets: [/teams/payments], policy: strong }
`

/** A central with one agent, and a change of what it serves. */
async function begun(t: Parameters<typeof startCluster>[0]) {
  const cluster = await startCluster(t)
  const { home, up, agent, konor } = cluster
  await up()
  writeFileSync(join(home, 'payments.yaml'), manifest(1))
  writeFileSync(join(home, 'change.yaml'), manifest(2))
  t.is((await konor(['apply', '-f', 'payments.yaml', '--wait'])).code, 0)
  const { out: token } = await konor(['token', 'create', 'payments'])
  const node = await agent('n7', token.trim())
  t.is((await konor(['wait', 'node/n7', '--for=operating', '--timeout', '30s'])).code, 0)
  return { ...cluster, node }
}

const REHEARSE = ['rehearse', '-f', 'change.yaml', '--seeds', '3', '--faults', 'none']

test.serial('a rehearsal plays the cluster as the journal knows it, and changes nothing', async t => {
  const { konor, call, node } = await begun(t)
  const well = await konor([...REHEARSE, '-o', 'json'])
  t.is(well.code, 0, well.err)
  t.like(JSON.parse(well.out), { schema: 1, runs: 3, shares: { committed: 1 }, identity: { nodes: 1 } })

  t.like(JSON.parse(well.out), { scene: { away: { count: 0 } } })
  t.regex(well.out, /no process reports in payments: --reject and --slow cannot strike there/)

  await node.stop()
  const isGone = async (): Promise<boolean> => {
    const { liveness } = (await (await call('/api/v1/nodes/n7')).json()) as { liveness: string }
    return liveness === 'left' || liveness === 'offline'
  }
  await pollUntil('the journal knows that the node left', isGone)
  const declared = async () =>
    Promise.all(
      ['jobs', 'groups', 'config/teams/payments/'].map(async what => (await call(`/api/v1/${what}`)).json()),
    )
  const before = await declared()
  const gate = await konor([...REHEARSE, '--max-rollback', '5%', '-o', 'json'])
  t.is(gate.code, 1, gate.err)
  const { reasons, shares } = JSON.parse(gate.out) as RehearsalReport
  t.is(shares['rolled-back'], 1)
  t.like(reasons[0], { reason: 'stage-timeout', because: [{ what: 'n7 is offline', runs: 3 }] })
  t.false(gate.out.includes('s3cret-value'))
  t.deepEqual(await declared(), before)
  const { out } = await konor(REHEARSE)
  t.regex(out, /^changes: payments, at \/teams\/payments\naway: n7$/m)
  const struck = await konor([...REHEARSE, '--reject', '60%', '--max-rollback', '5%'])
  t.is(struck.code, 2)
  t.regex(struck.err, /KONOR_REHEARSAL_NO_PROCESS/)
})

test.serial('a central plays one at a time, tells its progress, and ends it on demand', async t => {
  const { call } = await begun(t)
  const body = JSON.stringify({ manifests: [{ file: 'change.yaml', text: manifest(3) }], seeds: 1_000 })
  const start = (): Promise<Response> =>
    call('/api/v1/rehearsals', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const started = await start()
  t.is(started.status, 202)
  const path = started.headers.get('location') ?? ''
  const busy = await start()
  t.is(busy.status, 429)
  t.like(await busy.json(), { code: 'KONOR_REHEARSAL_BUSY', retryable: true })

  const stream = await call(`${path}/events`, { headers: { accept: 'text/event-stream' } })
  let cancelled: Promise<Response> | undefined
  const ends: string[] = []
  if (stream.body !== null)
    for await (const { event, data } of readEventStream(stream.body, () => {})) {
      const { runs, state } = JSON.parse(data) as RehearsalView
      if (event === 'progress' && runs > 0) cancelled ??= call(path, { method: 'DELETE' })
      if (event === 'ended') ends.push(state)
    }
  t.deepEqual(ends, ['cancelled'])
  const view = (await (await cancelled)?.json()) as RehearsalView
  t.is(view.state, 'cancelled')
  t.true(view.runs > 0 && view.runs < 1_000)
  t.is(view.report?.runs, view.runs)
  t.is((await call('/api/v1/rehearsals/nobody')).status, 404)
})

test.serial(
  'a person who does not wait any longer ends the rehearsal, and has the report of what was played',
  async t => {
    const { call, home, url, key } = await begun(t)
    const env = { KONOR_URL: url, KONOR_API_KEY: key() }
    const konor = spawnKonor(t, [...REHEARSE, '--seeds', '1000'], { cwd: home, env })
    const newest = async (): Promise<RehearsalView | undefined> => {
      const { items } = (await (await call('/api/v1/rehearsals')).json()) as {
        items: readonly RehearsalView[]
      }
      return items[0]
    }
    await pollUntil('it plays', async () => ((await newest())?.runs ?? 0) > 0)
    konor.signal('SIGINT')
    t.is((await konor.exited).code, 130)
    const { state, runs } = (await newest()) ?? {}
    t.is(state, 'cancelled')
    t.regex(konor.stdout, new RegExp(`^stopped after ${runs} of 1000$[^]*^OF ${runs} RUNS`, 'm'))
  },
)
