import test from 'ava'
import { type Figure, isMet, ratioOf } from './figure.ts'

const latency: Figure = {
  name: 'a',
  unit: 'ms',
  ours: { value: 6, p99: 20 },
  beside: { name: 'etcd', value: 4, p99: 9 },
}

test('a ratio is ours divided by what runs beside', t => {
  t.is(ratioOf(latency), 1.5)
  t.is(ratioOf({ name: 'a', unit: 'ms', ours: { value: 6 } }), undefined)
})

test('a figure meets its goals when every one of them holds', t => {
  const withGoals = (goals: Figure['goals'] & object): Figure => ({ ...latency, goals })
  t.is(isMet(latency), undefined)
  t.true(isMet(withGoals([{ of: 'ratio', atMost: 2 }])))
  t.true(isMet(withGoals([{ of: 'value', atLeast: 6 }])))
  t.false(
    isMet(
      withGoals([
        { of: 'value', atMost: 80 },
        { of: 'p99', atMost: 19 },
      ]),
    ),
  )
  t.false(isMet({ name: 'a', unit: 'ms', ours: { value: 1 }, goals: [{ of: 'ratio', atMost: 2 }] }))
})
