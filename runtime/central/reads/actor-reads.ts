import type { Address } from '../../../actors/vocabulary/address.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import type { ActorFilter, Control } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import type { ActorAtView, EventView } from '../../engine/views.ts'
import { charts } from '../../engine/charts.ts'
import type { Journal } from '../../journal/journal.ts'
import type { ActorRecord } from '../../kernel/actor-record.ts'
import type { Position, StateView } from '../../kernel/kernel-state.ts'
import type { Clock } from '../../ports/clock.ts'
import { actorState } from '../../replay/actor-state.ts'
import { actorDetailView, actorView } from '../../replay/actor-view.ts'
import { shownData } from '../../replay/shown-data.ts'
import { isoTime } from './iso-time.ts'
import { notFound } from './not-found.ts'
import { pageOf } from './page-of.ts'
import { indexText, outputIdText } from './record-index.ts'
import { ReplayRoom } from './replay-room.ts'
import { type FoundOutput, scanOutputs } from './scan-outputs.ts'

/** Every kind of actor, in the order of their names. */
const KINDS = [...new Set(charts.map(({ kind }) => kind))].sort()

/** What the actors know, now or at any record; and what the journal tells of them. */
export function createActorReads(
  leader: Leader,
  journal: Pick<Journal, 'read' | 'head' | 'getCheckpoint'>,
  clock: Clock,
): Pick<Control, 'actors' | 'actor' | 'actorEvents'> {
  const room = new ReplayRoom(journal, clock)
  return {
    actors: (page, filter) =>
      pageOf(
        { items: matching(leader.view, filter), keyOf: ({ address }) => address, view: actorView },
        page,
      ),
    async actor(address, atSeq, signal) {
      const { state, position } =
        atSeq === undefined || atSeq === leader.position.seq
          ? { state: leader.view, position: leader.position }
          : await room.stateAt(atSeq, signal)
      const record = state.get(address as Address)
      const why = atSeq === undefined ? undefined : `at ${atSeq} it was not there`
      if (record === undefined) throw notFound('actor', address, why)
      return actorAt(record, position)
    },
    async actorEvents(address, page) {
      // The bytes of its address are in every output of it: the rest need not be decoded.
      const mark = Buffer.from(address)
      const { items, next } = await scanOutputs({ leader, journal }, page, {
        record: ({ outputs: { buffer, byteOffset, length } }) =>
          Buffer.from(buffer, byteOffset, length).includes(mark),
        output: output => output.address === address,
      })
      return { items: items.map(eventView), next }
    },
  }
}

/** Sorted by address, kind by kind: a kind's addresses share its name up to the first slash. */
function matching(view: StateView, { kind, state }: ActorFilter): readonly ActorRecord[] {
  const all = KINDS.filter(one => kind === undefined || kind === one).flatMap(one => view.list(one))
  const wanted = state === undefined ? all : all.filter(record => actorState(record) === state)
  return wanted.toSorted((a, b) => (a.address < b.address ? -1 : 1))
}

function actorAt(record: ActorRecord, position: Position): ActorAtView {
  // A chart's configuration is plain data; its interface has no index signature to say so.
  const chart = record.machine.chart.config as unknown as CborValue
  return { ...actorDetailView(record), index: indexText(position), chart }
}

function eventView({ id, wallMs, output: { type, address, data } }: FoundOutput): EventView {
  const shown = shownData(address, data) as EventView['data']
  return { id: outputIdText(id), type, at: isoTime(wallMs), address, data: shown }
}
