import test from 'ava'
import type { ActorAtView } from '../engine/views.ts'
import type { StateSummary } from '../replay/state-summary.ts'
import type { StoryRecord } from '../replay/tell-story.ts'
import { startCluster } from './cluster.test.kit.ts'

test('a journal replays to any point, beside a central that runs and of one that is stopped', async t => {
  const { up, konor, call } = await startCluster(t)
  const central = await up()
  await konor(['apply', '-f', 'payments.yaml', '--wait'])
  const before = JSON.parse((await konor(['get', 'job', '-o', 'jsonl'])).out) as { readonly index: string }
  const seq = Number(before.index.split('-')[1])
  t.is((await konor(['config', 'set', '/teams/payments', 'rate-limit=2000', '--wait'])).code, 0)

  const listed = await konor(['get', 'actors', '-o', 'name'])
  t.regex(listed.out, /^actor\/group\/payments$/m)
  const at = ['describe', 'actor', 'group/payments', '--at', String(seq), '-o', 'json']
  const live = JSON.parse((await konor(at)).out) as ActorAtView
  t.like(live.context, { committed: { revision: 1 } })
  t.regex(
    (await konor(['describe', 'actor', 'group/payments'])).out,
    /^group\/payments \(group@1\) is steady[^]*committed:[^]*\nHistory\n[^]*group\.committed/,
  )
  const events = await call('/api/v1/actors/group/payments/events?limit=1')
  t.like(await events.json(), { items: [{ address: 'group/payments' }] })
  const cluster = await (await call('/api/v1/actors/cluster/main')).text()
  t.regex(cluster, /"digest":"\[redacted\]"/)
  t.is((await call(`/api/v1/actors/group/payments?at=${seq + 9_999}`)).status, 404)

  const locked = await konor(['replay', '--data', 'central'])
  t.is(locked.code, 4)
  t.regex(locked.err, /a central runs on [^]*konor describe actor ADDRESS --at SEQ/)
  t.regex(locked.err, /next: Leave the central running/)
  await central.stop()

  const there = await konor(['replay', '--data', 'central', '--until', String(seq), '-o', 'json'])
  t.is(there.code, 0, there.err)
  const summary = JSON.parse(there.out) as StateSummary
  t.like(summary, { seq, groups: [{ group: 'payments', committed: 1 }] })
  const lonely = await konor(['replay', '--data', 'central', '--until', String(seq), '--simulate'])
  t.is(lonely.code, 2)
  t.regex(lonely.err, /no node had joined/)
  const actor = ['replay', '--data', 'central', '--until', String(seq), '--actor', 'group/payments']
  const stopped = JSON.parse((await konor([...actor, '-o', 'json'])).out) as ActorAtView
  t.deepEqual(stopped.context, live.context)
  t.is((await konor([...actor.slice(0, -1), 'group/none'])).code, 3)
  t.regex((await konor(actor)).out, /^group\/payments \(group@1\) is steady/)

  t.is((await konor(['backup', 'b.backup', '--data', 'central'])).code, 0)
  const story = await konor(['replay', 'b.backup', '--from', '1', '-o', 'jsonl'])
  const records = story.out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as StoryRecord)
  t.deepEqual(
    records.map(record => record.seq),
    records.map((_, index) => index + 1),
  )
  t.regex((await konor(['replay', 'b.backup', '--from', '1', '--limit', '2'])).err, /there is more: --from 3/)
  const whole = await konor(['replay', '--data', 'central', '--from-start'])
  t.regex(whole.out, /^state at \d+[^]*verified \d+ records from the first record, and [1-9]/)
  t.notRegex(whole.out, /not verified/)
  const { checks } = JSON.parse((await konor(['replay', 'b.backup', '-o', 'json'])).out) as StateSummary
  t.true(checks.fromSeq > 0, 'a central that stops leaves a checkpoint')
  const unverified = new RegExp(`^records 1 to ${checks.fromSeq} not verified: --from-start$`, 'm')
  t.regex((await konor(['replay', 'b.backup'])).out, unverified)
  t.regex((await konor(['replay', 'b.backup', '--actor', 'group/payments'])).err, unverified)
  const both = await konor(['replay', 'b.backup', '--data', 'central'])
  t.is(both.code, 2)
  t.regex(both.err, /KONOR_CLI_USAGE: replay takes one journal/)
  t.is((await konor(['replay', 'b.backup', '--until', '99999'])).code, 3)
  t.is((await konor(['replay', 'b.backup', '--from', '5', '--until', '4'])).code, 2)
  t.is((await konor(['replay', 'b.backup', '--until', 'x'])).code, 2)
})
