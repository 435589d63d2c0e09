import test from 'ava'
import type { Token } from '../../actors/vocabulary/token.ts'
import { emptyNodeState } from '../store/node-state.ts'
import { TOKENS_MAX, withTokenSettled, withTokens } from './join-tokens.ts'

const key = new Uint8Array(32).fill(1)
const tokenOf = (group: string, fields: Partial<Token> = {}): Token => ({
  address: '10.0.0.1:7601',
  cluster: 'c1',
  key,
  group,
  id: `token of ${group}`,
  secret: 'secret',
  ...fields,
})

test('the first token names the cluster, a later one brings its newer address; another cluster is refused', t => {
  const first = withTokens(emptyNodeState, [tokenOf('web')])
  t.deepEqual(first.cluster, { id: 'c1', address: '10.0.0.1:7601', key })
  const moved = withTokens(first, [tokenOf('db', { address: '10.0.0.2:7601' })])
  t.is(moved.cluster?.address, '10.0.0.2:7601')
  t.is(moved.tokens.length, 2)
  for (const foreign of [{ cluster: 'c2' }, { key: new Uint8Array(32) }])
    t.throws(() => withTokens(first, [tokenOf('db', foreign)]), { code: 'KONOR_AGENT_OTHER_CLUSTER' })
})

test('a redeemed token forgets its secret and is not redeemed again; a refused one is tried again', t => {
  const given = withTokens(emptyNodeState, [tokenOf('web')])
  const redeemed = withTokenSettled(given, 'token of web', 'redeemed')
  t.is(redeemed.tokens[0]?.secret, null)
  t.deepEqual(withTokens(redeemed, [tokenOf('web')]).tokens, redeemed.tokens)
  const refused = withTokenSettled(given, 'token of web', 'refused')
  t.like(withTokens(refused, [tokenOf('web')]).tokens[0], { state: 'pending', secret: 'secret' })
})

test('a token brings the bundle key of its group, in the place of an older one', t => {
  const [older, newer] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)]
  const held = withTokens(emptyNodeState, [tokenOf('web', { bundleKey: older }), tokenOf('db')])
  t.deepEqual(held.bundleKeys, [{ group: 'web', key: older }])
  const again = withTokens(held, [tokenOf('web', { bundleKey: newer })])
  t.deepEqual(again.bundleKeys, [{ group: 'web', key: newer }])
})

test('tokens are bounded', t => {
  const many = Array.from({ length: TOKENS_MAX }, (_, n) => tokenOf(`g${n}`))
  const full = withTokens(emptyNodeState, many)
  t.throws(() => withTokens(full, [tokenOf('one-more')]), { code: 'KONOR_AGENT_TOO_MANY_GROUPS' })
})
