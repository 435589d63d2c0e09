import test from 'ava'
import { createMemberIdentity } from '../../runtime/gossip/wire/member-identity.ts'
import { KnownProofs } from './known-proofs.ts'

const words = (text: string): Uint8Array => Buffer.from(text)
const seedOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

test('what a member of the world has signed verifies, again and again, and nothing else does', t => {
  const proofs = new KnownProofs()
  const [ann, bob] = [1, 2].map(byte => proofs.remember(createMemberIdentity(seedOf(byte))))
  if (ann === undefined || bob === undefined) return t.fail()
  for (let number = 0; number < 10; number++) {
    const said = words(`number ${number}`)
    const proof = ann.prove(said)
    for (const hearer of [ann, bob, createMemberIdentity(seedOf(3))])
      t.true(hearer.verify(proof, ann.id, said))
    t.true(bob.verify(Uint8Array.from(proof), ann.id, said), 'the bytes count, whoever holds them')
    t.false(bob.verify(proof, bob.id, said), 'of somebody else')
    t.false(bob.verify(proof, ann.id, words(`number ${number + 1}`)), 'of something else')
    const garbled = Uint8Array.from(proof)
    garbled[40 + number] = (garbled[40 + number] ?? 0) ^ 1
    t.false(bob.verify(garbled, ann.id, said))
  }
})

test('a member that cannot sign is found out', t => {
  const proofs = new KnownProofs()
  const honest = createMemberIdentity(seedOf(1))
  const mute = proofs.remember({ ...honest, prove: () => new Uint8Array(96) })
  t.false(mute.verify(mute.prove(words('hello')), mute.id, words('hello')))
})
