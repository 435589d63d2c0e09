import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/** What the node serves of a group at one moment, as `konor read -o json` prints it. */
export interface GroupReading {
  readonly group: string
  readonly revision: number
  readonly digest: string
  readonly activation: number
  readonly stale: boolean
  readonly values: Readonly<Record<string, CborValue>>
}
