import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import type { JobView } from '../../runtime/engine/views.ts'
import type { JournalRecord } from '../../runtime/journal/journal.ts'
import type { Cluster, Fallback } from '../cluster/cluster.ts'
import type { Sighting } from '../cluster/simulated-process.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Answer } from '../workload/admins.ts'

type Fields = Readonly<Record<string, CborValue>>

/** A record of the journal as anybody can read it: canonical CBOR of what came in and what was told. */
export interface ReadRecord {
  readonly record: JournalRecord
  /** True time at which it became durable. */
  readonly atMs: number
  readonly inputs: readonly { readonly route: string; readonly by: string; readonly body: Fields }[]
  readonly outputs: readonly { readonly type: string; readonly address: string; readonly data: Fields }[]
}

/** What a run leaves for those who judge it. Nothing here comes from the state of a central but `jobs`. */
export interface Evidence {
  readonly topology: Topology
  readonly records: readonly ReadRecord[]
  readonly answers: readonly Answer[]
  readonly sightings: readonly Sighting[]
  readonly fallbacks: readonly Fallback[]
  /** As admins see them at the end. */
  readonly jobs: readonly JobView[]
}

/** A promise that was broken, by its number in the list of promises, and how. */
export interface Violation {
  readonly promise: number
  readonly what: string
}

export function gatherEvidence(
  cluster: Cluster,
  answers: readonly Answer[],
  jobs: readonly JobView[],
): Evidence {
  const { disk, writtenAtMs } = cluster.central.store
  const records = disk.records.map((record, index): ReadRecord => {
    const { inputs } = decodeCanonical(record.payload) as unknown as Pick<ReadRecord, 'inputs'>
    const outputs = decodeCanonical(record.outputs) as unknown as ReadRecord['outputs']
    return { record, atMs: writtenAtMs[index] ?? 0, inputs, outputs }
  })
  const { topology, sightings, fallbacks } = cluster
  return { topology, records, answers, sightings, fallbacks, jobs }
}
