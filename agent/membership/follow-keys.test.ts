import test from 'ava'
import * as fc from 'fast-check'
import { createKeyring } from '../../runtime/gossip/wire/keyring.ts'
import { KEYS_MAX } from '../../runtime/gossip/wire/wire-limits.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { followKeys } from './follow-keys.ts'

const KEYS = Array.from({ length: 2 * KEYS_MAX }, (_, n) => new SeededRandom(`key ${n}`).bytes(32))
const some = fc
  .shuffledSubarray(KEYS, { minLength: 1, maxLength: KEYS_MAX })
  .map(([first, ...rest]) => [first ?? KEYS[0], ...rest] as [Uint8Array, ...Uint8Array[]])

test('whatever it held, the keyring becomes what was named, sealing with the first', t => {
  fc.assert(
    fc.property(some, some, (held, named) => {
      const keyring = createKeyring(held)
      followKeys(keyring, named)
      t.deepEqual(keyring.state, createKeyring(named).state)
      followKeys(keyring, named)
      t.deepEqual(keyring.state, createKeyring(named).state)
    }),
  )
})

test('what is no key changes nothing of the key in use', t => {
  const [first = new Uint8Array(32)] = KEYS
  const keyring = createKeyring([first])
  t.throws(() => followKeys(keyring, [new Uint8Array(3)]), { code: 'KONOR_GOSSIP_KEY_INVALID' })
  t.deepEqual(keyring.state, createKeyring([first]).state)
})
