import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { RIVAL_WAYS, type RivalWay, sendRivals } from '../cluster/rival-writers.ts'
import { type JournalRot, ROT_TARGETS } from '../world/journal-rot.ts'
import type { CheckpointMoment } from '../world/simulated-journal.ts'
import { givePoison } from './poison-input.ts'
import { probeJournal } from './probe-journal.ts'

/** What goes wrong with central's journal alone. */
export type JournalFaultDetail =
  /** Appends take long, so that much comes together in one. */
  | { readonly kind: 'journal-slow'; readonly appendMs: number; readonly forMs: number }
  /** Central starts again, and what it reads is damaged until the fault is over. */
  | ({ readonly kind: 'journal-rot'; readonly forMs: number } & JournalRot)
  /** Others write to the same journal, who should not. */
  | { readonly kind: 'second-writer'; readonly way: RivalWay; readonly forMs: number }
  /** Somebody asks for appends that no journal may take. */
  | { readonly kind: 'journal-probe'; readonly forMs: 0 }
  /** Central ends in the middle of its next checkpoint, and starts again. */
  | {
      readonly kind: 'crash-at-checkpoint'
      readonly moment: CheckpointMoment
      readonly downMs: number
      readonly forMs: number
    }
  /**
   * An operator stops central, restores a backup of just now elsewhere, and starts it there: a new timeline.
   */
  | { readonly kind: 'restore'; readonly forMs: number }
  /** Central is given an input that faults when half of it is done. */
  | { readonly kind: 'poison'; readonly which: number; readonly forMs: 0 }

type JournalFaultKind = JournalFaultDetail['kind']

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const JOURNAL_FAULT_KINDS = [
  'journal-slow',
  'journal-rot',
  'second-writer',
  'journal-probe',
  'crash-at-checkpoint',
  'restore',
  'poison',
] as const satisfies readonly JournalFaultKind[]

export type JournalFault = { readonly id: string; readonly atMs: number } & JournalFaultDetail

export interface JournalFaultPlan {
  readonly kinds: readonly JournalFaultKind[]
  readonly count: number
  readonly withinMs: number
}

/** The journal's faults of one run; each from a stream of its own, as the others. */
export function drawJournalFaults(
  random: SeededRandom,
  { kinds, count, withinMs }: JournalFaultPlan,
): readonly JournalFault[] {
  if (kinds.length === 0) return []
  return Array.from({ length: count }, (_, index): JournalFault => {
    const own = random.fork(`journal fault ${index}`)
    const pick = <T>(list: readonly T[]): T => list[own.integer(list.length)] as T
    const kind = pick(kinds)
    const at = { id: `j${index + 1}`, atMs: own.integer(withinMs) }
    const forMs = 500 + Math.floor(-Math.log(1 - own.fraction()) * 3_000)
    switch (kind) {
      case 'journal-slow':
        return { ...at, kind, appendMs: 20 + own.integer(1_500), forMs: forMs * 2 }
      case 'journal-rot': {
        const rot = { target: pick(ROT_TARGETS), which: own.fraction(), bit: own.fraction() }
        return { ...at, kind, ...rot, forMs }
      }
      case 'second-writer':
        return { ...at, kind, way: pick(RIVAL_WAYS), forMs }
      case 'journal-probe':
        return { ...at, kind, forMs: 0 }
      case 'crash-at-checkpoint':
        return {
          ...at,
          kind,
          moment: pick(['recorded', 'stored']),
          downMs: own.integer(3_000),
          forMs: 30_000,
        }
      case 'restore':
        return { ...at, kind, forMs }
      case 'poison':
        return { ...at, kind, which: own.fraction(), forMs: 0 }
    }
  })
}

/** Lets it begin; the answer takes it back. Undefined when there is nothing to harm. */
export function beginJournalFault(cluster: Cluster, fault: JournalFault): (() => void) | undefined {
  const { store, sharedLog, all } = cluster.central
  // Several centrals keep their journal on a log, which has faults of its own.
  if (sharedLog !== undefined) return undefined
  const { conditions } = store
  switch (fault.kind) {
    case 'journal-slow':
      conditions.appendMs = fault.appendMs
      return () => (conditions.appendMs = 1)
    case 'journal-rot': {
      if (store.disk.records.length === 0) return undefined
      conditions.rot = fault
      all[0]?.program?.kill('crash')
      cluster.start('central')
      return () => {
        conditions.rot = undefined
        cluster.start('central')
      }
    }
    case 'second-writer':
      return sendRivals(cluster, fault)
    case 'journal-probe':
      void probeJournal(cluster.central.store, cluster.world)
      return () => {}
    case 'crash-at-checkpoint':
      return armCheckpoint(cluster, fault)
    case 'poison':
      return givePoison(cluster, fault.which)
    case 'restore':
      all[0]?.program?.kill('exit')
      store.restore()
      return () => cluster.start('central')
  }
}

function armCheckpoint(
  cluster: Cluster,
  { moment, downMs }: Extract<JournalFault, { kind: 'crash-at-checkpoint' }>,
): () => void {
  const { store } = cluster.central
  const disarm = (): void => {
    store.onCheckpoint = () => {}
  }
  store.onCheckpoint = (program, now) => {
    if (now !== moment) return
    disarm()
    program.kill('crash')
    cluster.world.after(downMs, () => cluster.start('central'))
  }
  return disarm
}
