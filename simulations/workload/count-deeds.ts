import type { Answer } from './admins.ts'
import type { DeedKind } from './deed.ts'

export interface DeedCount {
  readonly done: number
  readonly refused: number
}

/** What became of the deeds of each kind. */
export function countDeeds(answers: readonly Answer[]): ReadonlyMap<DeedKind, DeedCount> {
  const counts = new Map<DeedKind, DeedCount>()
  for (const { deed, refusal } of answers) {
    const { done, refused } = counts.get(deed.kind) ?? { done: 0, refused: 0 }
    const isDone = refusal === undefined
    counts.set(deed.kind, { done: done + (isDone ? 1 : 0), refused: refused + (isDone ? 0 : 1) })
  }
  return counts
}
