import test from 'ava'
import { entriesAsEnvironment, variableName } from './entries-as-environment.ts'

test('keys become variables, text stays, everything else is JSON', t => {
  const entries = {
    'rate-limit': 1000,
    'api.version': '2024-01-01',
    '2fa': true,
    list: [1, 'a'],
    nothing: null,
    hook: { $secret: 'vault://kv/x#y' },
  }
  t.deepEqual(entriesAsEnvironment(entries), {
    API_VERSION: '2024-01-01',
    HOOK: '{"$secret":"vault://kv/x#y"}',
    LIST: '[1,"a"]',
    NOTHING: 'null',
    RATE_LIMIT: '1000',
    _2FA: 'true',
  })
  t.is(variableName('a-b.c_d'), 'A_B_C_D')
})

test('two keys that become one name are refused, both named', t => {
  const error = t.throws(() => entriesAsEnvironment({ 'a-b': 1, x: 1, 'a.b': 2 }), {
    code: 'KONOR_RUN_ENV_COLLISION',
  })
  t.regex(error?.message ?? '', /a-b.*a\.b.*A_B/)
})

test('what an environment cannot hold is refused', t => {
  for (const entries of [{ a: 'x\0y' }, { a: 'x'.repeat(131_072) }, manyLarge()]) {
    t.throws(() => entriesAsEnvironment(entries), { code: 'KONOR_RUN_ENV_INVALID' })
  }
  t.is(entriesAsEnvironment({ a: 'x'.repeat(131_000) })['A']?.length, 131_000)
})

function manyLarge(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'x'.repeat(100_000)]))
}
