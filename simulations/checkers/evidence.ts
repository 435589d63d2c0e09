import type { JobView } from '../../runtime/engine/views.ts'
import type { JournalRecord } from '../../runtime/journal/journal.ts'
import type { CentralLog, CentralReply, Drafted } from '../cluster/central-log.ts'
import type { EffectStep } from '../cluster/watched-steps.ts'
import type { Received } from '../cluster/simulated-receiver.ts'
import type { Cluster, Fallback } from '../cluster/cluster.ts'
import type { GossipSighting, MemberLife } from '../cluster/gossip-log.ts'
import type { GossipStep } from '../cluster/gossip-tape.ts'
import type { FailedStart } from '../cluster/simulated-central.ts'
import type { Reaction, Reading, Sighting } from '../cluster/simulated-process.ts'
import type { ReadThrough } from '../cluster/snapshot-reader.ts'
import type { Topology } from '../cluster/topology.ts'
import type { FaultSpan } from '../faults/fault.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { JournalComplaint } from '../world/journal-book.ts'
import type { Answer } from '../workload/admins.ts'
import type { Repetition } from '../workload/odd-deeds.ts'
import type { KeyOperation } from '../workload/register-race.ts'
import type { AgentEntry } from './agents/agent-history.ts'
import { type CborItem, readCbor } from './read-cbor.ts'
import type { LinkEntry } from './link-history.ts'
import type { Portrait } from './state-portrait.ts'
import type { ProcessLook } from './check-freshness.ts'
import type { LoadSample } from './load-sample.ts'
import type { SharedEvidence } from './shared-evidence.ts'
import type { WireEntry } from './wire-history.ts'

type Fields = { readonly [key: string]: CborItem }

/** A record of the journal as anybody can read it: canonical CBOR of what came in and what was told. */
export interface ReadRecord {
  readonly record: JournalRecord
  /** True time at which it became durable. */
  readonly atMs: number
  /** When and by whom it was handed to the journal; left out where nobody noted it. */
  readonly drafted?: Drafted | undefined
  /** The version that it was folded as. */
  readonly fold: number
  readonly inputs: readonly { readonly route: string; readonly by: string; readonly body: Fields }[]
  readonly outputs: readonly { readonly type: string; readonly address: string; readonly data: Fields }[]
}

/** A restore of a backup that lacked what came after it. */
export interface Restore {
  /** True time of the restore, and of the backup. */
  readonly atMs: number
  readonly keptMs: number
  /** The last record that the backup held. */
  readonly keptSeq: number
  readonly lost: readonly ReadRecord[]
}

/** What a run leaves for those who judge it. Nothing here comes from the state of a central but `jobs`. */
export interface Evidence {
  readonly topology: Topology
  readonly records: readonly ReadRecord[]
  /** What was durable once, and an operator chose to lose: one entry of each restore of an older backup. */
  readonly restores: readonly Restore[]
  /** What the journal holds by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>
  readonly answers: readonly Answer[]
  /** What central answered, as it left. */
  readonly replies: readonly CentralReply[]
  /** What was done about effects, as it was begun; and what the receiver of alerts got. */
  readonly steps: readonly EffectStep[]
  readonly received: readonly Received[]
  /** What waited for a time in the state of a central, what was past its time, and when its journal did not answer. */
  readonly waits: Pick<CentralLog, 'deadlines' | 'overdue' | 'troubles'>
  readonly operations: readonly KeyOperation[]
  readonly repetitions: readonly Repetition[]
  /** What went over the links. */
  readonly wire: readonly WireEntry[]
  /** What agents and their processes said to one another, beside what agents and central did. */
  readonly agents: readonly AgentEntry[]
  readonly links: readonly LinkEntry[]
  /** Machines that began anew, with nothing on their disks. */
  readonly rebuilt: readonly { readonly node: string; readonly atMs: number }[]
  readonly sightings: readonly Sighting[]
  /** What processes made of what they were told. */
  readonly reactions: readonly Reaction[]
  /** What they could read when they were told of something. */
  readonly readings: readonly Reading[]
  /** What was read piece by piece. */
  readonly readThroughs: readonly ReadThrough[]
  /** What processes say of what they hold, each second. */
  readonly looks: readonly ProcessLook[]
  /** What was counted while the run went on, and what was left over at its end. */
  readonly load: readonly LoadSample[]
  readonly fallbacks: readonly Fallback[]
  /** What members of gossip told of one another, and when every program ran, in true time. */
  readonly gossip: {
    readonly lives: readonly MemberLife[]
    readonly sightings: readonly GossipSighting[]
    readonly steps: readonly GossipStep[]
  }
  readonly programs: readonly ProgramLife[]
  readonly spans: readonly FaultSpan[]
  /** What central held in memory now and then. */
  readonly portraits: readonly Portrait[]
  /** What the journal did that its port promises not to do. */
  readonly complaints: readonly JournalComplaint[]
  /** Lives of central that never led, and why. */
  readonly failures: readonly FailedStart[]
  readonly endMs: number
  /** Of several centrals on one log; left out, there is one. */
  readonly shared?: SharedEvidence
  /** As admins see them at the end. */
  readonly jobs: readonly JobView[]
}

/** A promise that was broken, by its number in the list of promises, and how. */
export interface Violation {
  readonly promise: number
  readonly what: string
}

/** What others than the cluster itself wrote down. */
export type Notes = Pick<
  Evidence,
  | 'answers'
  | 'operations'
  | 'repetitions'
  | 'wire'
  | 'agents'
  | 'links'
  | 'jobs'
  | 'looks'
  | 'load'
  | 'spans'
  | 'portraits'
  | 'shared'
>

export function gatherEvidence(cluster: Cluster, notes: Notes): Evidence {
  const {
    topology,
    sightings,
    reactions,
    readings,
    readThroughs,
    fallbacks,
    rebuilt,
    gossip,
    world,
    central,
  } = cluster
  const seen = { sightings, reactions, readings, readThroughs, fallbacks, rebuilt, gossip }
  return {
    ...notes,
    ...seen,
    topology,
    records: readRecords(cluster),
    restores: readRestores(cluster),
    blobs: cluster.central.store.disk.blobs,
    replies: cluster.central.log.replies,
    waits: cluster.central.log,
    steps: cluster.central.log.steps,
    received: cluster.receiver?.received ?? [],
    programs: world.lives,
    complaints: central.store.book.complaints,
    failures: central.all.flatMap(({ failures }) => failures),
    endMs: world.nowMs,
  }
}

export function readRecords({ central }: Cluster): readonly ReadRecord[] {
  const { disk, writtenAtMs } = central.store
  return readAll(disk.records, writtenAtMs, central.log)
}

export function readRestores({ central }: Cluster): readonly Restore[] {
  return central.store.restores.map(({ atMs, keptMs, keptSeq, records, writtenAtMs }) => ({
    atMs,
    keptMs,
    keptSeq,
    lost: readAll(records, writtenAtMs, central.log),
  }))
}

/** Nodes of which central knows no more under which key they come: a restore took that away. */
export function forgottenNodes({ central }: Cluster): ReadonlySet<string> {
  const { restores, disk } = central.store
  const lost = restores.flatMap(({ records }) => keysOf(records))
  const known = lost.length === 0 ? new Set<string>() : new Set(keysOf(disk.records).map(one => one.join()))
  return new Set(lost.filter(one => !known.has(one.join())).map(([node]) => node))
}

/** Which node was let in under which key. */
function keysOf(records: readonly JournalRecord[]): (readonly [node: string, key: string])[] {
  return records.flatMap(({ payload, outputs }) => {
    const { inputs } = readCbor(payload) as unknown as Pick<ReadRecord, 'inputs'>
    const redeemed = inputs.filter(({ route }) => route === 'redeem')
    if (redeemed.length === 0) return []
    const accepted = new Set(
      (readCbor(outputs) as unknown as ReadRecord['outputs'])
        .filter(({ data }) => data['action'] === 'token.redeem' && data['outcome'] === 'accepted')
        .map(({ data }) => String(((data['detail'] ?? {}) as Fields)['node'])),
    )
    return redeemed
      .map(({ body }) => [String(body['name']), String(body['key'])] as const)
      .filter(([node]) => accepted.has(node))
  })
}

function readAll(
  records: readonly JournalRecord[],
  writtenAtMs: readonly number[],
  { drafts }: CentralLog,
): readonly ReadRecord[] {
  return records.map((record, index): ReadRecord => {
    const { fold, inputs } = readCbor(record.payload) as unknown as Pick<ReadRecord, 'fold' | 'inputs'>
    const outputs = readCbor(record.outputs) as unknown as ReadRecord['outputs']
    return { record, atMs: writtenAtMs[index] ?? 0, drafted: drafts.get(record.id), fold, inputs, outputs }
  })
}
