import test from 'ava'
import * as fc from 'fast-check'
import { FrameGuard } from './frame-guard.ts'
import { LINK_MESSAGE_BYTES_MAX } from './link.ts'

const REQUEST = 96
const ANSWER = 48
const STREAM_HEADER = 56

function frames(...lengths: readonly number[]): Uint8Array {
  return Buffer.concat(
    lengths.map(length => {
      const frame = Buffer.alloc(3 + length)
      frame.writeUIntLE(length, 0, 3)
      return frame
    }),
  )
}

/** Feeds `bytes` cut at the given places, until something is refused. */
function feed(guard: FrameGuard, bytes: Uint8Array, cuts: readonly number[]): string | undefined {
  let at = 0
  for (const size of [...cuts, bytes.length]) {
    const refused = guard.refuse(bytes.subarray(at, at + size))
    if (refused !== undefined) return refused.code
    at += size
  }
  return undefined
}

const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 50 })

test('an honest stream passes however it is cut', t => {
  const lengths = fc.array(fc.integer({ min: 18, max: 2_000 }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.boolean(), lengths, cuts, (fromInitiator, lengths, cuts) => {
      const guard = new FrameGuard(fromInitiator)
      const bytes = frames(fromInitiator ? REQUEST : ANSWER, STREAM_HEADER, ...lengths)
      t.is(feed(guard, bytes, cuts), undefined)
      t.true(guard.atBoundary)
      t.is(guard.unfinishedBytes, 0)
      t.is(guard.frames, 2 + lengths.length)
    }),
  )
})

test('what a wrong stream is refused for does not depend on how it is cut', t => {
  const length = fc.oneof(fc.constantFrom(0, 1, 17, 18, ANSWER, STREAM_HEADER, REQUEST), fc.nat(300))
  fc.assert(
    fc.property(fc.boolean(), fc.array(length, { maxLength: 6 }), cuts, (fromInitiator, lengths, cuts) => {
      const bytes = frames(...lengths)
      t.is(feed(new FrameGuard(fromInitiator), bytes, cuts), feed(new FrameGuard(fromInitiator), bytes, []))
    }),
  )
})

test('lengths are judged by their three bytes alone', t => {
  const header = (length: number) => frames(length).subarray(0, 3)
  t.is(feed(new FrameGuard(true), header(0xffffff), []), 'KONOR_LINK_MALFORMED')
  t.is(feed(new FrameGuard(true), Buffer.from('GET / HTTP/1.1'), []), 'KONOR_LINK_MALFORMED')
  t.is(feed(new FrameGuard(false), header(49), []), 'KONOR_LINK_MALFORMED')
  const shaken = () => {
    const guard = new FrameGuard(true)
    t.is(feed(guard, frames(REQUEST, STREAM_HEADER), []), undefined)
    return guard
  }
  t.is(feed(shaken(), header(17), []), 'KONOR_LINK_MALFORMED')
  t.is(feed(shaken(), header(LINK_MESSAGE_BYTES_MAX + 19), []), 'KONOR_LINK_OVERSIZED')
  const largest = shaken()
  t.is(feed(largest, header(LINK_MESSAGE_BYTES_MAX + 18), []), undefined)
  t.is(largest.unfinishedBytes, LINK_MESSAGE_BYTES_MAX + 18)
  t.false(largest.atBoundary)
})
