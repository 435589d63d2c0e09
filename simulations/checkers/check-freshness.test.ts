import test from 'ava'
import { checkFreshness } from './check-freshness.ts'
import { evidenceOf } from './evidence.test.kit.ts'

const life = (name: string, fromMs: number, toMs?: number, stands: object[] = []) =>
  ({ name, machine: 'n1', fromMs, toMs, end: toMs === undefined ? undefined : 'crash', stands }) as never

function judge(isStale: boolean, program = life('n1/a', 0), agents = [life('n1/agent', 0, 10_000)]): number {
  const look = { atMs: 15_000, node: 'n1', process: 'a', group: 'web', isStale, program }
  return checkFreshness(evidenceOf({ looks: [look], programs: [program, ...agents] })).length
}

test('what has no agent is stale; it may be fresh while one runs, ran a moment ago, or is there again', t => {
  t.is(judge(true), 0)
  t.is(judge(false), 1)
  t.is(judge(false, undefined, [life('n1/agent', 0)]), 0)
  t.is(judge(false, undefined, [life('n1/agent', 0, 14_000)]), 0)
  t.is(judge(false, undefined, [life('n1/agent', 0, 10_000), life('n1/agent', 14_900)]), 0)
})

test('who has just begun or stood still could not notice', t => {
  t.is(judge(false, life('n1/a', 14_000)), 0)
  t.is(judge(false, life('n1/a', 0, undefined, [{ fromMs: 9_000, toMs: 14_500 }])), 0)
  t.is(judge(false, life('n1/a', 0, undefined, [{ fromMs: 9_000, toMs: 11_000 }])), 1)
})
