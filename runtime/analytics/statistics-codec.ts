import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'

/** Bytes of encoded statistics: what a gossip packet and a ping of a link have room for. */
export const STATISTICS_BYTES_MAX = 192
/** Format that this program writes. A later one only adds fields, so every reader takes what it knows. */
export const STATISTICS_FORMAT = 1
/** Characters of a version that ride along; what is longer is cut. */
export const STATISTICS_VERSION_LENGTH_MAX = 40

export const PLATFORM_KINDS = ['unknown', 'cloud', 'on-premises'] as const
export type PlatformKind = (typeof PLATFORM_KINDS)[number]

/** What an agent measured of itself and of the way to its peers, over its last window. */
export interface Statistics {
  /** How late the event loop ran, 99th percentile and worst. */
  readonly loopLagP99Ms: number
  readonly loopLagMaxMs: number
  /** Load average of the machine over one minute. */
  readonly load1: number
  /** Share of one processor that the agent used, 1 is all of one. */
  readonly cpuShare: number
  readonly rssBytes: number
  readonly memoryFreeBytes: number
  readonly memoryTotalBytes: number
  /** Median round trip to the peers that were probed; absent when none answered. */
  readonly peerRoundTripMs?: number
  /** Share of probes of peers that got no answer; absent when none was made. */
  readonly peerLoss?: number
  readonly version: string
  readonly platform: PlatformKind
  readonly uptimeMs: number
  /** Registrations of local processes. */
  readonly processes: number
}

/** Why bytes are no statistics. */
export interface StatisticsRefused {
  readonly refused: 'too-long' | 'malformed' | 'out-of-range'
}

/** A number on the wire: its key, how many wire units one unit has, and the largest wire value. */
interface NumberField {
  readonly key: string
  readonly scale: number
  readonly max: number
  readonly isOptional?: boolean
}

const KIB = 1 / 1024
const NUMBERS = {
  loopLagP99Ms: { key: '1', scale: 10, max: 36_000_000 },
  loopLagMaxMs: { key: '2', scale: 10, max: 36_000_000 },
  load1: { key: '3', scale: 100, max: 10_000_000 },
  cpuShare: { key: '4', scale: 1_000, max: 4_096_000 },
  rssBytes: { key: '5', scale: KIB, max: 2 ** 42 },
  memoryFreeBytes: { key: '6', scale: KIB, max: 2 ** 42 },
  memoryTotalBytes: { key: '7', scale: KIB, max: 2 ** 42 },
  peerRoundTripMs: { key: '8', scale: 1_000, max: 600_000_000, isOptional: true },
  peerLoss: { key: '9', scale: 1_000, max: 1_000, isOptional: true },
  uptimeMs: { key: 'c', scale: 1 / 1_000, max: 2 ** 32 },
  processes: { key: 'd', scale: 1, max: 1_000_000 },
} as const satisfies Record<string, NumberField>

const FORMAT_KEY = '0'
const VERSION_KEY = 'a'
const PLATFORM_KEY = 'b'

type NumberName = keyof typeof NUMBERS
const NUMBER_FIELDS = Object.entries(NUMBERS) as [NumberName, NumberField][]

/**
 * Canonical CBOR of statistics, at most `STATISTICS_BYTES_MAX` bytes: a map with keys of one character and scaled whole
 * numbers. What is beyond a field's range is told as the end of that range; what is not finite is left out or zero.
 */
export function encodeStatistics(statistics: Statistics): Uint8Array {
  const fields: Record<string, CborValue> = {
    [FORMAT_KEY]: STATISTICS_FORMAT,
    [VERSION_KEY]: versionOf(statistics.version),
    [PLATFORM_KEY]: PLATFORM_KINDS.indexOf(statistics.platform),
  }
  for (const [name, field] of NUMBER_FIELDS) {
    const value = statistics[name]
    if (value === undefined || (field.isOptional === true && !Number.isFinite(value))) continue
    const scaled = Number.isFinite(value) ? Math.round(value * field.scale) : 0
    fields[field.key] = Math.min(Math.max(scaled, 0), field.max)
  }
  return encodeCanonical(fields)
}

/** Statistics from bytes of anybody: never throws. Fields that this program does not know are ignored. */
export function decodeStatistics(bytes: Uint8Array): Statistics | StatisticsRefused {
  if (bytes.length > STATISTICS_BYTES_MAX) return { refused: 'too-long' }
  const fields = mapIn(bytes)
  if (fields === undefined) return { refused: 'malformed' }
  const format = fields[FORMAT_KEY]
  if (!isWithin(format, Number.MAX_SAFE_INTEGER) || format < 1) return { refused: 'malformed' }
  const version = fields[VERSION_KEY]
  const platform = fields[PLATFORM_KEY]
  if (typeof version !== 'string' || !isWithin(platform, 255)) return { refused: 'malformed' }
  if (version !== versionOf(version)) return { refused: 'out-of-range' }
  const numbers: Partial<Record<NumberName, number>> = {}
  for (const [name, field] of NUMBER_FIELDS) {
    const value = fields[field.key]
    if (value === undefined && field.isOptional === true) continue
    if (typeof value !== 'number') return { refused: 'malformed' }
    if (!isWithin(value, field.max)) return { refused: 'out-of-range' }
    numbers[name] = value / field.scale
  }
  // A kind that a later version invents is unknown to this one.
  return {
    ...(numbers as Record<NumberName, number>),
    version,
    platform: PLATFORM_KINDS[platform] ?? 'unknown',
  }
}

export function isRefused(decoded: Statistics | StatisticsRefused): decoded is StatisticsRefused {
  return 'refused' in decoded
}

function mapIn(bytes: Uint8Array): Readonly<Record<string, CborValue>> | undefined {
  let value: CborValue
  try {
    value = decodeCbor(bytes)
  } catch {
    // Whatever is wrong with it, it came from outside: the caller counts it.
    return undefined
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array)
    return undefined
  return value as Readonly<Record<string, CborValue>>
}

function isWithin(value: CborValue | undefined, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

/** Printable ASCII alone: a version is compared and shown, and its bytes are its characters. */
function versionOf(version: string): string {
  return version.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, STATISTICS_VERSION_LENGTH_MAX)
}
