import test from 'ava'
import fc from 'fast-check'
import { encodeCanonical } from './canonical/encode-canonical.ts'
import { isKonorError } from './errors/konor-error.ts'
import { type Token, decodeToken, encodeToken } from './token.ts'

const token: Token = {
  address: '127.0.0.1:7601',
  cluster: 'c1',
  key: new Uint8Array(32).fill(7),
  group: 'payments-prod',
  id: 'T1',
  secret: 'hush-hush-hush',
}

test('a token survives its text, with and without a bundle key, and with white space around it', t => {
  t.deepEqual(decodeToken(encodeToken(token)), token)
  const full = { ...token, bundleKey: new Uint8Array(32).fill(9) }
  t.deepEqual(decodeToken(` ${encodeToken(full)}\n`), full)
  t.regex(encodeToken(full), /^konor1\.[A-Za-z0-9_-]+$/)
})

test('a token that is cut, altered or invented is refused, and its text is not repeated', t => {
  const text = encodeToken(token)
  const refused = (candidate: string): void => {
    try {
      decodeToken(candidate)
    } catch (error) {
      if (!isKonorError(error, 'KONOR_AGENT_BAD_TOKEN')) throw error
      const told = `${error.message} ${String(error.cause)} ${JSON.stringify(error.details)}`
      t.false(told.includes(candidate.slice(7, 40)) && candidate.length > 20)
      t.false(told.includes('hush'))
      return
    }
    t.fail(`accepted ${candidate}`)
  }
  for (let length = 0; length < text.length; length++) refused(text.slice(0, length))
  for (const wrong of [`${text}A`, text.replace('konor1', 'konor2'), `${text} x`, 'x'.repeat(5000)])
    refused(wrong)
})

test('a well-formed map with wrong fields is refused', t => {
  const base = { v: 1, ...token, bundleKey: new Uint8Array(32) }
  const wrongs = [
    { v: 2 },
    { key: new Uint8Array(31) },
    { key: 'text' },
    { bundleKey: 1 },
    { group: 'No Name' },
  ]
  for (const wrong of [
    ...wrongs,
    { secret: '' },
    { secret: 5 },
    { id: null },
    { address: 'x'.repeat(300) },
  ]) {
    const bytes = encodeCanonical({ ...base, ...wrong })
    const text = `konor1.${Buffer.from(bytes).toString('base64url')}`
    t.throws(() => decodeToken(text), { code: 'KONOR_AGENT_BAD_TOKEN' })
  }
})

test('random text and random bytes never do anything but be refused', t => {
  const texts = fc.oneof(
    fc.string(),
    fc.base64String().map(text => `konor1.${text}`),
    fc.uint8Array({ maxLength: 300 }).map(bytes => `konor1.${Buffer.from(bytes).toString('base64url')}`),
  )
  fc.assert(
    fc.property(texts, text => {
      const error = t.throws(() => decodeToken(text))
      t.true(isKonorError(error, 'KONOR_AGENT_BAD_TOKEN'))
    }),
    { numRuns: 2000 },
  )
})
