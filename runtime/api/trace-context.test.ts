import test from 'ava'
import { nodeRandom } from '../ports/node/node-random.ts'
import { continueTrace, traceIdOf } from './trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const RECEIVED = `00-${TRACE}-b7ad6b7169203331-00`

test('goes on with the trace of the caller under a span of its own', t => {
  const continued = continueTrace(RECEIVED, nodeRandom)
  t.is(traceIdOf(continued), TRACE)
  t.not(continued, RECEIVED)
  t.true(continued.endsWith('-00'))
})

test('a missing or malformed one begins a new trace', t => {
  for (const bad of [
    undefined,
    '',
    'x',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    RECEIVED.toUpperCase(),
  ]) {
    const traceId = traceIdOf(continueTrace(bad, nodeRandom))
    t.regex(traceId ?? '', /^[0-9a-f]{32}$/)
    t.not(traceId, TRACE)
  }
})
