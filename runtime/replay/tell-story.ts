import type { Address } from '../../actors/vocabulary/address.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { ActorDetailView } from '../engine/views.ts'
import type { Json } from '../journal/json-of.ts'
import type { ActorRecord } from '../kernel/actor-record.ts'
import type { Input } from '../kernel/input.ts'
import { decodeInputs, decodeOutputs } from '../kernel/record-codec.ts'
import { actorState } from './actor-state.ts'
import { actorDetailView } from './actor-view.ts'
import type { Change, Replay, ReplayStep } from './replay.ts'
import { shownData } from './shown-data.ts'

/** An actor that went from one state to another; null: it was not there, or is gone. */
export interface StateChange {
  readonly address: Address
  readonly from: string | null
  readonly to: string | null
}

/** One record, told. */
export interface StoryRecord {
  readonly seq: number
  readonly timeline: number
  readonly epoch: number
  readonly id: string
  readonly hash: Digest
  /** The leader's wall clock, ISO 8601. */
  readonly at: string | null
  /** Journal time in milliseconds. */
  readonly timeMs: number
  readonly inputs: readonly {
    readonly route: string
    readonly by: string
    readonly about?: string
    readonly trace?: string
  }[]
  readonly events: readonly {
    readonly type: string
    readonly address: Address
    readonly data: Readonly<Record<string, Json>>
  }[]
  readonly changes: readonly StateChange[]
  /** Actors that changed what they know and stayed in their state. */
  readonly touched: number
  /** With an actor to follow: it before and after this record, null where it was not there. */
  readonly actor?: { readonly before: ActorDetailView | null; readonly after: ActorDetailView | null }
}

export interface StoryOptions {
  readonly fromSeq: number
  readonly toSeq: number
  /** Only records that changed this actor, with its state before and after. */
  readonly actor?: Address
}

/** Tells what happened from `fromSeq` to `toSeq`, record by record; `replay` stands before `fromSeq`. */
export async function* tellStory(replay: Replay, options: StoryOptions): AsyncGenerator<StoryRecord> {
  await replay.foldTo(options.fromSeq - 1)
  for await (const step of replay.steps(options.toSeq)) {
    const followed = step.changes.find(({ address }) => address === options.actor)
    if (options.actor === undefined) yield told(step)
    else if (followed !== undefined) yield { ...told(step), actor: beforeAndAfter(followed) }
  }
}

function told({ record, changes }: ReplayStep): StoryRecord {
  const { seq, timeline, epoch, id, hash, timeMs, wallMs } = record
  const changedStates = changes.map(stateChange).filter(({ from, to }) => from !== to)
  const wall = new Date(wallMs)
  return {
    seq,
    timeline,
    epoch,
    id,
    hash,
    at: Number.isNaN(wall.getTime()) ? null : wall.toISOString(),
    timeMs,
    inputs: decodeInputs(record.payload).map(toldInput),
    events: decodeOutputs(record.outputs).map(({ type, address, data }) => ({
      type,
      address,
      data: shownData(address, data),
    })),
    changes: changedStates,
    touched: changes.length - changedStates.length,
  }
}

function toldInput({ route, by, body, trace }: Input): StoryRecord['inputs'][number] {
  const about = aboutOf(body)
  return {
    route,
    by,
    ...(about === undefined ? {} : { about }),
    ...(trace === undefined ? {} : { trace }),
  }
}

/** Which member of an input's body says what it is about; bodies themselves are not told. */
const SUBJECTS = ['address', 'node', 'group', 'name', 'job', 'id', 'key']

function aboutOf(body: Input['body']): string | undefined {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined
  const members = body as Readonly<Record<string, unknown>>
  for (const subject of SUBJECTS) if (typeof members[subject] === 'string') return members[subject]
  return undefined
}

function stateChange({ address, before, after }: Change): StateChange {
  return { address, from: stateOf(before), to: stateOf(after) }
}

function stateOf(record: ActorRecord | undefined): string | null {
  return record === undefined ? null : actorState(record)
}

function beforeAndAfter({ before, after }: Change): NonNullable<StoryRecord['actor']> {
  return { before: detailOf(before), after: detailOf(after) }
}

function detailOf(record: ActorRecord | undefined): ActorDetailView | null {
  return record === undefined ? null : actorDetailView(record)
}
