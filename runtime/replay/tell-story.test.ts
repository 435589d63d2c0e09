import test from 'ava'
import { jobAddress, nodeAddress } from '../../actors/vocabulary/addresses.ts'
import { declare, TestEngine } from '../engine/engine.test.kit.ts'
import type { Journal } from '../journal/journal.ts'
import { openReplay, stateAt } from './open-replay.ts'
import { stateSummary } from './state-summary.ts'
import { storyLine } from './story-line.ts'
import { type StoryOptions, type StoryRecord, tellStory } from './tell-story.ts'

/** A value is committed, the next one is refused by a node, and the policy goes back. */
async function smallStory(): Promise<TestEngine> {
  const engine = await TestEngine.start()
  await engine.apply(declare('a'))
  await engine.join('web', 'n1')
  await engine.applied('web', 1, 'n1')
  await engine.apply(declare('b'))
  await engine.quiet()
  await engine.rejected('web', 2, 'n1')
  await engine.quiet()
  await engine.stop()
  return engine
}

async function told(journal: Journal, options: StoryOptions): Promise<StoryRecord[]> {
  const records: StoryRecord[] = []
  const replay = await openReplay(journal, options.fromSeq - 1)
  for await (const record of tellStory(replay, options)) records.push(record)
  return records
}

test('a small story, a record a line', async t => {
  const { journal } = await smallStory()
  const { seq } = await journal.head()
  const records = await told(journal, { fromSeq: 1, toSeq: seq })
  t.deepEqual(
    records.map(record => storyLine(record, 2)),
    [
      ' 1  2025-01-01T00:00:00.000Z  system claim  leader.claimed  -',
      ' 2  2025-01-01T00:00:00.000Z  system bootstrap c1  -  cluster/main: - -> open',
      ' 3  2025-01-01T00:00:00.000Z  key/admin declare  configset.declared, group.declared, job.accepted, rollout.started, group.committed, job.ended  configset/a: - -> declared; group/web: - -> steady; lock/group/web: - -> free; job/j1: - -> succeeded; rollout/web/1: - -> tracked; policy-run/web/1: - -> settled; 1 more touched',
      ' 4  2025-01-01T00:00:00.000Z  key/admin create-token web  token.created  token/t-web-n1: - -> active',
      ' 5  2025-01-01T00:00:00.000Z  node/any redeem n1  subscription.joined  identity/676b8bb84ce7267dd520deca4811c8f10a53e636352f06987f42fe425acedd80: - -> known; node/n1: - -> lifecycle.joining + liveness.alive; token/t-web-n1: active -> exhausted; sub/web/n1: - -> following.waiting; 2 more touched',
      ' 6  2025-01-01T00:00:00.000Z  node/any hello 676b8bb84ce7267dd520deca4811c8f10a53e636352f06987f42fe425acedd80  node.joined  node/n1: lifecycle.joining + liveness.alive -> lifecycle.syncing + liveness.alive',
      ' 7  2025-01-01T00:00:00.000Z  node/any report n1  -  node/n1: lifecycle.syncing + liveness.alive -> lifecycle.operating + liveness.alive; sub/web/n1: following.waiting -> following.applied; 2 more touched',
      ' 8  2025-01-01T00:00:00.000Z  key/admin declare  job.accepted, configset.declared, group.declared, rollout.started  job/j2: - -> rolling.running; group/web: steady -> rolling.advancing; lock/group/web: free -> held; rollout/web/2: - -> rolling; policy-run/web/2: - -> applying; 2 more touched',
      ' 9  2025-01-01T00:00:00.000Z  node/any report n1  subscription.rejected, rollout.undone, group.committed  sub/web/n1: following.applied -> following.rejected; group/web: rolling.advancing -> restoring; rollout/web/2: rolling -> undone; rollout/web/1: tracked -> superseded; policy-run/web/2: applying -> undone; rollout/web/3: - -> restoring; 1 more touched',
    ],
  )
})

test('a story begins where it is asked to, with the state before it', async t => {
  const { journal } = await smallStory()
  const { seq } = await journal.head()
  const whole = await told(journal, { fromSeq: 1, toSeq: seq })
  t.deepEqual(await told(journal, { fromSeq: 5, toSeq: seq - 1 }), whole.slice(4, -1))
})

test('one actor: only what changed it, each time before and after, without a gap', async t => {
  const { journal, kernel } = await smallStory()
  const { seq } = await journal.head()
  const life = await told(journal, { fromSeq: 1, toSeq: seq, actor: nodeAddress('n1') })
  t.true(life.length >= 4)
  t.is(life[0]?.actor?.before, null)
  for (const [index, record] of life.entries())
    if (index > 0) t.deepEqual(record.actor?.before, life[index - 1]?.actor?.after)
  t.is(life.at(-1)?.seq, kernel.state.get(nodeAddress('n1'))?.changedSeq)
  t.deepEqual(await told(journal, { fromSeq: 1, toSeq: seq, actor: jobAddress('none') }), [])
})

test('what proves a secret is not told', async t => {
  const { journal } = await smallStory()
  const { seq } = await journal.head()
  const text = JSON.stringify([
    ...(await told(journal, { fromSeq: 1, toSeq: seq })),
    ...(await told(journal, { fromSeq: 1, toSeq: seq, actor: 'token/t-web-n1' as never })),
  ])
  t.regex(text, /"secretDigest":"\[redacted\]"/)
  t.notRegex(text, /"secretDigest":"[0-9a-f]/)
})

test('a summary counts what there is and names what is under way; its lists are bounded', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('a', 'eventual', '/a', 'web'))
  await engine.join('web', 'n1', 'n2')
  await engine.applied('web', 1, 'n1', 'n2')
  const job = await engine.apply(declare('b'))
  await engine.quiet()
  await engine.stop()
  const { seq } = await engine.journal.head()
  const summary = stateSummary(await stateAt(engine.journal, seq), 1)
  t.like(summary, {
    seq,
    heads: [{ path: '/a', version: 2 }],
    groups: [{ group: 'web', committed: 1, candidate: 2 }],
    locks: [{ resource: 'group/web', holder: job, token: 2, waiting: [] }],
  })
  t.is(summary.timers.length, 1)
  t.true(summary.counts.timers > 0)
  t.true(summary.actors.some(({ kind, count }) => kind === 'node' && count === 2))
})
