import type { Control } from '../../engine/control.ts'

/** The part of `Control` that writes. */
export type ControlWrites = Pick<
  Control,
  | 'apply'
  | 'plan'
  | 'diff'
  | 'changeEntries'
  | 'remove'
  | 'rollout'
  | 'rollback'
  | 'cancelJob'
  | 'retryJob'
  | 'createToken'
  | 'revokeToken'
  | 'drainNode'
  | 'removeNode'
  | 'freeze'
  | 'thaw'
  | 'barrier'
>
