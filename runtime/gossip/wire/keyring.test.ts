import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { GROUP_KEY, OTHER_KEY, PING, type Station, station, talk } from './channel-world.test.kit.ts'
import { createKeyring, keyringDigest } from './keyring.ts'
import { rotationOf } from './rotation.ts'
import { keyIdOf } from './packet-keys.ts'
import { KEYS_MAX } from './wire-limits.ts'

test('keys are installed, used and removed, in this order only', t => {
  const keyring = createKeyring([GROUP_KEY])
  const first = keyIdOf(GROUP_KEY)
  const second = keyIdOf(OTHER_KEY)
  t.throws(() => keyring.use(second), { code: 'KONOR_GOSSIP_KEY_INVALID' })
  t.is(keyring.install(OTHER_KEY), second)
  t.is(keyring.state.primary, first)
  t.throws(() => keyring.remove(first), { code: 'KONOR_GOSSIP_KEY_INVALID' })
  keyring.use(second)
  keyring.remove(first)
  t.deepEqual(keyring.state, { primary: second, keyIds: [second], digest: keyringDigest([second]) })
  t.is(keyring.find(first), undefined)
  t.throws(() => keyring.install(new Uint8Array(16)), { code: 'KONOR_GOSSIP_KEY_INVALID' })
})

test('a keyring holds so many keys and no more', t => {
  const keyring = createKeyring([GROUP_KEY])
  for (let n = 1; n < KEYS_MAX; n++) keyring.install(new SeededRandom(n).bytes(32))
  t.throws(() => keyring.install(OTHER_KEY), { code: 'KONOR_GOSSIP_KEYS_FULL' })
  t.notThrows(() => keyring.install(GROUP_KEY))
})

test('the digest names the set of keys, in whatever order they came', t => {
  const keys = [1, 2, 3, 4].map(n => new SeededRandom(n).bytes(32))
  fc.assert(
    fc.property(fc.shuffledSubarray(keys, { minLength: 4 }), ([first = GROUP_KEY, ...more]) => {
      const { digest } = createKeyring([first, ...more]).state
      return digest === keyringDigest(keys.map(keyIdOf))
    }),
  )
  t.not(createKeyring([GROUP_KEY]).state.digest, createKeyring([GROUP_KEY, OTHER_KEY]).state.digest)
})

test('a rotation in any interleaving of its steps drops no packet', t => {
  const first = keyIdOf(GROUP_KEY)
  const second = keyIdOf(OTHER_KEY)
  const steps: readonly ((member: Station) => void)[] = [
    member => member.keyring.install(OTHER_KEY),
    member => member.keyring.use(second),
    member => member.keyring.remove(first),
  ]
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 2), { maxLength: 40 }), fc.nat(), (order, seed) => {
        const members = ['a', 'b', 'c'].map(name => station(name, { seed: String(seed) }))
        const done = members.map(() => 0)
        let seq = 0
        const everyoneTalks = () =>
          members.every(from =>
            members.every(to => {
              if (from === to) return true
              talk(from, to, { ...PING, seq: ++seq }, 0)
              const last = to.heard.at(-1)
              return last?.kind === 'ping' && last.seq === seq
            }),
          )
        if (!everyoneTalks()) return false
        for (const index of order) {
          const step = done[index] ?? 0
          const member = members[index]
          // A step begins only when everyone has finished the one before: this is what the digests are for.
          if (member === undefined || step >= steps.length || Math.min(...done) < step) continue
          steps[step]?.(member)
          done[index] = step + 1
          if (!everyoneTalks()) return false
        }
        return members.every(({ channel }) => channel.stats.refused['unknown-key'] === 0)
      }),
      { numRuns: 60 },
    ),
  )
})

test('everyone sees how far a rotation is', t => {
  const [a, b] = [station('a'), station('b')]
  const progress = () => rotationOf(a.keyring.state, a.channel.peers())
  talk(a, b, PING)
  t.deepEqual(progress(), { peers: 1, sameKeys: 1, samePrimary: 1 })
  a.keyring.install(OTHER_KEY)
  talk(b, a, PING)
  t.deepEqual(progress(), { peers: 1, sameKeys: 0, samePrimary: 1 })
  b.keyring.install(OTHER_KEY)
  talk(b, a, PING)
  t.deepEqual(progress(), { peers: 1, sameKeys: 1, samePrimary: 1 })
  a.keyring.use(keyIdOf(OTHER_KEY))
  t.deepEqual(progress(), { peers: 1, sameKeys: 1, samePrimary: 0 })
  b.keyring.use(keyIdOf(OTHER_KEY))
  talk(b, a, PING)
  t.deepEqual(progress(), { peers: 1, sameKeys: 1, samePrimary: 1 })
})
