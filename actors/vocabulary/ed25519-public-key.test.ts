import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import test from 'ava'
import { ed25519PublicKey, PUBLIC_KEYS_REMEMBERED_MAX } from './ed25519-public-key.ts'

function pairOf(number: number) {
  const seed = Buffer.alloc(32)
  seed.writeUInt32BE(number)
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return {
    privateKey,
    bytes: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32),
  }
}

test('each key verifies its own signatures and no others, also when more are asked for than are remembered', t => {
  const said = Buffer.from('words')
  const [one, other] = [pairOf(1), pairOf(2)]
  const signature = sign(null, said, one.privateKey)
  const check = (): void => {
    t.true(verify(null, said, ed25519PublicKey(Uint8Array.from(one.bytes)), signature))
    t.false(verify(null, said, ed25519PublicKey(other.bytes), signature))
  }
  check()
  t.is(ed25519PublicKey(one.bytes), ed25519PublicKey(Uint8Array.from(one.bytes)))
  const first = ed25519PublicKey(one.bytes)
  for (let number = 3; number < PUBLIC_KEYS_REMEMBERED_MAX + 4; number++)
    ed25519PublicKey(pairOf(number).bytes)
  t.not(ed25519PublicKey(one.bytes), first)
  check()
})

test('what is no key is refused, and a view into other bytes is read as the key alone', t => {
  t.throws(() => ed25519PublicKey(new Uint8Array(31)))
  const { bytes } = pairOf(5)
  const within = new Uint8Array(64).fill(9)
  within.set(bytes, 16)
  t.is(ed25519PublicKey(within.subarray(16, 48)), ed25519PublicKey(bytes))
})
