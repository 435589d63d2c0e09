import test from 'ava'
import * as fc from 'fast-check'
import { FRAME_BODY_MAX_BYTES, FRAME_HEADER_BYTES, FrameReader, frameOf } from './frame.ts'

const body = fc.uint8Array({ minLength: 1, maxLength: 300 })

test('whatever the cuts, the bodies come out as they went in', t => {
  fc.assert(
    fc.property(fc.array(body), fc.array(fc.nat(200)), (bodies, cuts) => {
      const stream = Buffer.concat(bodies.map(frameOf))
      const reader = new FrameReader()
      const read: Uint8Array[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        reader.push(Uint8Array.from(stream.subarray(at, at + cut)))
        at = Math.min(stream.length, at + cut)
        for (let next = reader.next(); next !== undefined; next = reader.next())
          read.push(Uint8Array.from(next))
      }
      t.deepEqual(read, bodies)
      t.is(reader.bufferedBytes, 0)
    }),
  )
})

test('a claim beyond the bound is refused with its fourth byte', t => {
  const reader = new FrameReader()
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUInt32BE(FRAME_BODY_MAX_BYTES + 1)
  reader.push(header.subarray(0, 3))
  t.is(reader.next(), undefined)
  reader.push(header.subarray(3))
  t.throws(() => reader.next(), { code: 'KONOR_SOCKET_FRAME_TOO_LARGE' })
  t.throws(() => frameOf(new Uint8Array(FRAME_BODY_MAX_BYTES + 1)), { code: 'KONOR_SOCKET_FRAME_TOO_LARGE' })
})

test('the largest frame passes, an empty one does not', t => {
  const largest = new Uint8Array(FRAME_BODY_MAX_BYTES).fill(7)
  const reader = new FrameReader()
  reader.push(frameOf(largest))
  t.is(reader.next()?.length, FRAME_BODY_MAX_BYTES)
  reader.push(new Uint8Array(FRAME_HEADER_BYTES))
  t.throws(() => reader.next(), { code: 'KONOR_SOCKET_MALFORMED' })
})

test('a large claim with few bytes takes few bytes', t => {
  const readers = Array.from({ length: 2_000 }, () => new FrameReader())
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUInt32BE(FRAME_BODY_MAX_BYTES)
  const before = process.memoryUsage().arrayBuffers
  for (const reader of readers) {
    for (const byte of [...header, 1, 2, 3]) reader.push(Uint8Array.of(byte))
    t.is(reader.next(), undefined)
    t.is(reader.bufferedBytes, FRAME_HEADER_BYTES + 3)
  }
  t.true(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024)
})
