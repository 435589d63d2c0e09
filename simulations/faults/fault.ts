import type { FaultPoint } from '../../runtime/ports/fault-points.ts'
import type { BackupFaultDetail } from './backup-fault.ts'
import type { CentralFaultDetail } from './central-fault.ts'
import type { EffectFaultDetail } from './effect-fault.ts'
import type { GossipFaultDetail } from './gossip-fault.ts'
import type { JournalFaultDetail } from './journal-fault.ts'
import type { LogFaultDetail } from './log-fault.ts'
import type { LinkFaultDetail } from './link-fault.ts'
import type { NodeFaultDetail } from './node-fault.ts'

/**
 * One thing that goes wrong, decided before the run begins. Its id names it in stories and when a run is
 * shrunk.
 */
export type Fault = { readonly id: string; readonly atMs: number } & FaultDetail

/** Programs are named as in stories: `central`, `n1/agent`, `n1/PROCESS`; machines by their names alone. */
export type FaultDetail =
  | GossipFaultDetail
  | CentralFaultDetail
  | JournalFaultDetail
  | LogFaultDetail
  | LinkFaultDetail
  | EffectFaultDetail
  | NodeFaultDetail
  | BackupFaultDetail
  | { readonly kind: 'crash'; readonly program: string; readonly downMs: number }
  | {
      readonly kind: 'crash-at'
      readonly program: string
      readonly point: FaultPoint
      readonly downMs: number
    }
  | { readonly kind: 'power'; readonly machine: string; readonly downMs: number }
  | { readonly kind: 'pause'; readonly program: string; readonly forMs: number }
  | {
      readonly kind: 'partition'
      readonly machines: readonly string[]
      /** What of the machines' traffic with all others is stopped. */
      readonly stops: 'both' | 'in' | 'out'
      readonly forMs: number
    }
  | { readonly kind: 'flap'; readonly machine: string; readonly times: number; readonly everyMs: number }
  | {
      readonly kind: 'slow-path'
      readonly machine: string
      readonly latencyMs: number
      readonly forMs: number
    }
  | { readonly kind: 'loss'; readonly machine: string; readonly share: number; readonly forMs: number }
  | { readonly kind: 'slow-disk'; readonly machine: string; readonly syncMs: number; readonly forMs: number }
  | {
      readonly kind: 'failing-disk'
      readonly machine: string
      readonly code: 'ENOSPC' | 'EIO'
      readonly forMs: number
    }
  | { readonly kind: 'bit-rot'; readonly machine: string; readonly file: 'generation' | 'state' }
  | { readonly kind: 'journal-full'; readonly forMs: number }
  | { readonly kind: 'journal-unclear'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'drift'; readonly machine: string; readonly rate: number; readonly forMs: number }
  | { readonly kind: 'wall-jump'; readonly machine: string; readonly ms: number }

export type FaultKind = FaultDetail['kind']

/** When a fault was there: open until it is taken back; one that passes at once is of no length. */
export interface FaultSpan {
  readonly fault: Fault
  readonly fromMs: number
  toMs: number | undefined
}

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const FAULT_KINDS = [
  'crash',
  'crash-at',
  'power',
  'pause',
  'partition',
  'flap',
  'slow-path',
  'loss',
  'slow-disk',
  'failing-disk',
  'bit-rot',
  'journal-full',
  'journal-unclear',
  'drift',
  'wall-jump',
] as const satisfies readonly Exclude<
  FaultKind,
  (
    | GossipFaultDetail
    | CentralFaultDetail
    | JournalFaultDetail
    | EffectFaultDetail
    | LogFaultDetail
    | LinkFaultDetail
    | NodeFaultDetail
    | BackupFaultDetail
  )['kind']
>[]
