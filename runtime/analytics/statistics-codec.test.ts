import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import {
  decodeStatistics,
  encodeStatistics,
  isRefused,
  PLATFORM_KINDS,
  type Statistics,
  STATISTICS_BYTES_MAX,
} from './statistics-codec.ts'

const GOLDEN: Statistics = {
  loopLagP99Ms: 12.3,
  loopLagMaxMs: 45.6,
  load1: 1.25,
  cpuShare: 0.042,
  rssBytes: 73_400_320,
  memoryFreeBytes: 2_147_483_648,
  memoryTotalBytes: 8_589_934_592,
  peerRoundTripMs: 0.734,
  peerLoss: 0.02,
  version: '1.2.3',
  platform: 'cloud',
  uptimeMs: 86_400_000,
  processes: 7,
}

test('the golden vector is the one in the reference, both ways', t => {
  const hex = Buffer.from(encodeStatistics(GOLDEN)).toString('hex')
  const page = readFileSync('docs/reference/heartbeat-statistics.md', 'utf8').replaceAll(/\s+/g, '')
  t.true(page.includes(hex), hex)
  t.deepEqual(decodeStatistics(encodeStatistics(GOLDEN)), GOLDEN)
})

test('a field that a later version adds is ignored, a platform that it invents is unknown', t => {
  const later = { ...fieldsOf(GOLDEN), 0: 2, b: 9, z: 'new', 1: 123 }
  const decoded = decodeStatistics(encodeCanonical(later))
  t.false(isRefused(decoded))
  t.deepEqual(decoded, { ...GOLDEN, platform: 'unknown' })
})

test('what is out of range, of a wrong type or too long is refused with its reason', t => {
  const fields = fieldsOf(GOLDEN)
  const refusal = (changes: Record<string, never>) =>
    decodeStatistics(encodeCanonical({ ...fields, ...changes }))
  t.deepEqual(refusal({ 9: 1_001 } as never), { refused: 'out-of-range' })
  t.deepEqual(refusal({ 1: -1 } as never), { refused: 'out-of-range' })
  t.deepEqual(refusal({ 1: 'soon' } as never), { refused: 'malformed' })
  t.deepEqual(refusal({ a: 'x\u0000' } as never), { refused: 'out-of-range' })
  t.deepEqual(refusal({ 0: 0 } as never), { refused: 'malformed' })
  t.deepEqual(decodeStatistics(new Uint8Array(STATISTICS_BYTES_MAX + 1)), { refused: 'too-long' })
  t.deepEqual(decodeStatistics(encodeCanonical(['no map'])), { refused: 'malformed' })
})

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Infinity, -Infinity, Number.NaN, Number.MAX_VALUE, -1),
)
const statistics: fc.Arbitrary<Statistics> = fc.record(
  {
    loopLagP99Ms: anyNumber,
    loopLagMaxMs: anyNumber,
    load1: anyNumber,
    cpuShare: anyNumber,
    rssBytes: anyNumber,
    memoryFreeBytes: anyNumber,
    memoryTotalBytes: anyNumber,
    peerRoundTripMs: anyNumber,
    peerLoss: anyNumber,
    version: fc.string({ maxLength: 300, unit: 'binary' }),
    platform: fc.constantFrom(...PLATFORM_KINDS),
    uptimeMs: anyNumber,
    processes: anyNumber,
  },
  {
    requiredKeys: [
      'loopLagP99Ms',
      'loopLagMaxMs',
      'load1',
      'cpuShare',
      'rssBytes',
      'memoryFreeBytes',
      'memoryTotalBytes',
      'version',
      'platform',
      'uptimeMs',
      'processes',
    ],
  },
)

test('whatever is measured fits, and comes back as it was sent', t => {
  fc.assert(
    fc.property(statistics, measured => {
      const bytes = encodeStatistics(measured)
      const decoded = decodeStatistics(bytes)
      t.true(bytes.length <= STATISTICS_BYTES_MAX)
      t.false(isRefused(decoded))
      t.deepEqual(Buffer.from(encodeStatistics(decoded as Statistics)), Buffer.from(bytes))
    }),
  )
})

test('no bytes of anybody make it throw', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), bytes => {
      const decoded = decodeStatistics(bytes)
      t.true(isRefused(decoded) || typeof decoded.version === 'string')
    }),
  )
})

function fieldsOf(measured: Statistics) {
  return {
    0: 1,
    1: measured.loopLagP99Ms * 10,
    2: measured.loopLagMaxMs * 10,
    3: measured.load1 * 100,
    4: measured.cpuShare * 1_000,
    5: measured.rssBytes / 1024,
    6: measured.memoryFreeBytes / 1024,
    7: measured.memoryTotalBytes / 1024,
    8: (measured.peerRoundTripMs ?? 0) * 1_000,
    9: (measured.peerLoss ?? 0) * 1_000,
    a: measured.version,
    b: 1,
    c: measured.uptimeMs / 1_000,
    d: measured.processes,
  }
}
