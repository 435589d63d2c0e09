import test from 'ava'
import { checkTokens } from './check-tokens.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

// The wall clock of the kit's records says a second more each time.
const created = (uses: number, expiresAtMs: number) =>
  [
    [['create-token', { id: 't', secretDigest: 's', uses, expiresAtMs }]],
    [['token.created', { token: 't' }]],
  ] as const
const redeem = (key: string, secretDigest = 's'): Said => ['redeem', { token: 't', secretDigest, key }]
const answer = (code?: string): Told => [
  'audit',
  {
    action: 'token.redeem',
    resource: 'token/t',
    detail: {},
    ...(code === undefined ? { outcome: 'accepted' } : { outcome: 'refused', code }),
  },
]
const NO = 'KONOR_ENGINE_TOKEN_REFUSED'
const judge = (...steps: (readonly [readonly Said[], readonly Told[]])[]) =>
  checkTokens(evidenceOf({ records: journalOf(...steps) })).length

test('a token lets in as many keys as it has uses, and each of them again', t => {
  t.is(
    judge(created(1, 99_000), [
      [redeem('a'), redeem('a')],
      [answer(), answer()],
    ]),
    0,
  )
  t.is(
    judge(created(1, 99_000), [
      [redeem('a'), redeem('b')],
      [answer(), answer(NO)],
    ]),
    0,
  )
  t.is(
    judge(created(1, 99_000), [
      [redeem('a'), redeem('b')],
      [answer(), answer()],
    ]),
    1,
  )
  t.is(judge(created(2, 99_000), [[redeem('a')], [answer(NO)]]), 1)
})

test('it lets nobody in when its time is over, it was revoked, or the secret is another one', t => {
  t.is(judge(created(1, 1_500), [[redeem('a')], [answer(NO)]]), 0)
  t.is(judge(created(1, 1_500), [[redeem('a')], [answer()]]), 1)
  const revoked: readonly [readonly Said[], readonly Told[]] = [
    [['revoke-token', { id: 't' }]],
    [['token.revoked', { token: 't' }]],
  ]
  t.is(judge(created(1, 99_000), revoked, [[redeem('a')], [answer()]]), 1)
  t.is(judge(created(1, 99_000), [[redeem('a', 'x')], [answer()]]), 1)
})
