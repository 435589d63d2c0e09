import test from 'ava'
import { missingOf } from './missing-holders.ts'

test('packets are believed before the word on a link; who said nothing is missing', t => {
  const missing = missingOf([
    { node: 'packets', gossip: true, link: false },
    { node: 'word', gossip: undefined, link: true },
    { node: 'silent', gossip: undefined, link: false },
    { node: 'contradicts', gossip: false, link: true },
  ])
  t.deepEqual(missing, ['contradicts', 'silent'])
})
