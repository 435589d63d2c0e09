import test from 'ava'
import * as fc from 'fast-check'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { digestOf, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { diffEntries } from './diff-entries.ts'
import { renderDiff } from './render-diff.ts'
import { layerEntries, resolveBundle } from './resolve-bundle.ts'

const keyArb = fc.constantFrom('a', 'b', 'c', 'rate-limit', '__proto__', 'constructor')
const entriesArb = fc.dictionary(
  keyArb,
  fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' }), fc.constant(null)),
)
const layersArb = fc
  .array(entriesArb, { maxLength: 5 })
  .map(all => all.map((entries, index) => ({ path: `/set-${index}`, entries })))

function sorted<T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

test('a bundle is the canonical map of the last layer that holds each key', t => {
  fc.assert(
    fc.property(layersArb, layers => {
      const bundle = resolveBundle('web', layers)
      const expected = new Map(layers.flatMap(({ entries }) => Object.entries(entries)))
      const decoded = decodeCanonical(bundle.bytes) as Record<string, unknown>
      t.deepEqual(sorted(Object.entries(decoded)), sorted(expected))
      t.is(bundle.digest, digestOfBytes(bundle.bytes))
      t.is(bundle.keys, expected.size)
      for (const { key, winner, shadowed } of bundle.overrides) {
        const holders = layers.filter(({ entries }) => Object.hasOwn(entries, key)).map(({ path }) => path)
        t.deepEqual([...shadowed, winner], holders)
      }
    }),
  )
})

test('a diff turns one into the other, and back', t => {
  fc.assert(
    fc.property(layersArb, layersArb, (before, after) => {
      const from = layerEntries(before)
      const to = layerEntries(after)
      const patched = new Map([...from].map(([key, { value }]) => [key, value]))
      for (const { key, op, after: value } of diffEntries(from, to)) {
        t.is(op === 'removed', value === undefined)
        if (value === undefined) patched.delete(key)
        else patched.set(key, value)
      }
      t.deepEqual(sorted(patched), sorted([...to].map(([key, { value }]) => [key, value] as const)))
      t.deepEqual(
        diffEntries(to, from).map(({ key }) => key),
        diffEntries(from, to).map(({ key }) => key),
      )
    }),
  )
})

test('equal values in another order of members are no change', t => {
  const before = layerEntries([{ path: '/a', entries: { k: { x: [1, { y: 2 }], z: null } } }])
  const after = layerEntries([{ path: '/b', entries: { k: { z: null, x: [1, { y: 2 }] } } }])
  t.deepEqual(diffEntries(before, after), [])
})

test('a diff is shown with secrets by reference and long values shortened', t => {
  const before = layerEntries([{ path: '/a', entries: { gone: 'x', token: 'plain' } }])
  const after = layerEntries([
    { path: '/b', entries: { text: 'y'.repeat(500), token: { $secret: 'vault://kv#a' } } },
  ])
  t.deepEqual(renderDiff(diffEntries(before, after)), [
    '- gone: "x"',
    `+ text: "${'y'.repeat(119)}… (502 characters)  (/b)`,
    '~ token: "plain" → secret vault://kv#a  (/b)',
  ])
})

test('the bounds are reached and not passed', t => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]))
  t.is(resolveBundle('web', [{ path: '/a', entries: keys(10_000) }]).keys, 10_000)
  const tooMany = t.throws(() => resolveBundle('web', [{ path: '/a', entries: keys(10_001) }]))
  t.true(isKonorError(tooMany, 'KONOR_BUNDLE_KEYS'))
  // A map of one: a byte of head, two of the key, five of the text's head.
  const fits = 16 * 1024 * 1024 - 8
  t.is(resolveBundle('web', [{ path: '/a', entries: { k: 'x'.repeat(fits) } }]).sizeBytes, fits + 8)
  const tooLarge = t.throws(() =>
    resolveBundle('web', [{ path: '/a', entries: { k: 'x'.repeat(fits + 1) } }]),
  )
  t.true(isKonorError(tooLarge, 'KONOR_BUNDLE_BYTES'))
  // What is overridden does not count.
  const layers = Array.from({ length: 5 }, (_, n) => ({
    path: `/${n}`,
    entries: { k: 'x'.repeat(fits - n) },
  }))
  t.is(resolveBundle('web', layers).digest, digestOf({ k: 'x'.repeat(fits - 4) }))
})
