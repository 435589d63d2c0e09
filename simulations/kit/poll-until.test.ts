import test from 'ava'
import { pollUntil } from './poll-until.ts'

test('returns the first thing that is neither undefined, false nor null', async t => {
  const answers = [undefined, false, null, 0]
  t.is(await pollUntil('an answer comes', () => answers.shift()), 0)
  t.deepEqual(answers, [])
})

test('a check that throws is asked again', async t => {
  let calls = 0
  const outcome = await pollUntil('the server answers', () => {
    calls += 1
    if (calls < 3) throw new Error('connection refused')
    return 'up'
  })
  t.is(outcome, 'up')
  t.is(calls, 3)
})

test('a condition that never holds ends with its description, what was seen, and the last error', async t => {
  const cause = new Error('connection refused')
  const check = () => {
    throw cause
  }
  const error = await t.throwsAsync(
    pollUntil('the server answers', check, { timeoutMs: 1, onTimeout: () => 'its log' }),
  )
  t.is(error.message, 'Waited 1 ms in vain until the server answers.\nits log')
  t.is(error.cause, cause)
})
