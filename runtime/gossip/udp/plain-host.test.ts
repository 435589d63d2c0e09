import test from 'ava'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import type { MemberEvent } from '../core/events.ts'
import { PlainHost } from './plain-host.test.kit.ts'
import { PRESETS } from '../core/presets.ts'

const HASTY = { ...PRESETS.fast, probeIntervalMs: 200, gossipIntervalMs: 50, digestIntervalMs: 1_000 }

test('the core runs on a plain socket, with nothing else of this project', async t => {
  const told: MemberEvent[] = []
  const hosts: PlainHost[] = []
  for (const digit of ['a', 'b', 'c']) {
    const host = await PlainHost.start(digit.repeat(32), HASTY, event => void told.push(event))
    t.teardown(() => host.close())
    hosts.push(host)
    const [first] = hosts
    if (first !== undefined && first !== host) host.give({ kind: 'join', seeds: [first.address] })
  }
  await pollUntil('all know all', () => hosts.every(({ member }) => member.liveCount === 3))
  const [, , last] = hosts
  last?.give({ kind: 'leave' })
  await pollUntil('the others hear its farewell', () =>
    hosts.slice(0, 2).every(({ member }) => member.liveCount === 2),
  )
  t.true(told.some(({ type }) => type === 'MEMBER_LEFT'))
  t.false(told.some(({ type }) => type === 'MEMBER_DEAD'))
})
