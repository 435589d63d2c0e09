import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Output } from '../kernel/input.ts'

/** What differs first between the outputs that a record holds and those that folding it again gives. */
export function explainDivergence(
  seq: number,
  recorded: readonly Output[],
  got: readonly Output[],
  cause: KonorError,
): KonorError {
  const k = Array.from({ length: Math.max(recorded.length, got.length) }).findIndex(
    (_, index) => !same(recorded[index], got[index]),
  )
  const [then, now] = [named(recorded[k]), named(got[k])]
  const field = differingField(recorded[k], got[k])
  const what = field === undefined ? `${then}, but now ${now}` : `another ${field} of ${then}`
  return new KonorError('KONOR_KERNEL_DIVERGED', `record ${seq}, output ${k}: it recorded ${what}`, {
    cause,
    details: {
      ...cause.details,
      output: k,
      recordedOutput: then,
      gotOutput: now,
      ...(field === undefined ? {} : { field }),
    },
  })
}

function named(output: Output | undefined): string {
  return output === undefined ? 'nothing' : `${output.type} of ${output.address}`
}

/** The first field of the data that differs, when it is the same output otherwise. Its values stay where they are. */
function differingField(then: Output | undefined, now: Output | undefined): string | undefined {
  if (then === undefined || now === undefined || named(then) !== named(now)) return undefined
  const fields = new Set([...Object.keys(then.data), ...Object.keys(now.data)])
  return [...fields].sort().find(field => !same(then.data[field], now.data[field]))
}

function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b
  return Buffer.compare(encodeCanonical(a as CborValue), encodeCanonical(b as CborValue)) === 0
}
