import { compareText } from './compare-text.ts'
import type { DeclaredHeads } from './declare-heads.ts'
import { type Desired, type Observed, observedIn } from './observed.ts'

/** A group as the job declares it. */
export interface DeclaredGroup {
  readonly sets: readonly string[]
  readonly policy: string
  /** Whether the job makes the group or changes its list of sets. */
  readonly relayered: boolean
}

/** The groups that the job declares, whether the observed state holds that already or not. */
export function declareGroups(desired: Desired, observed: Observed): Map<string, DeclaredGroup> {
  const groups = new Map<string, DeclaredGroup>()
  for (const name of desired.relayered) {
    const group = observedIn(observed, name)
    if (group !== undefined) groups.set(name, { sets: group.sets, policy: group.policy, relayered: true })
  }
  for (const document of desired.documents) {
    if (document.kind !== 'Group') continue
    const { name, sets, policy } = document
    const before = observedIn(observed, name)?.sets
    const relayered = groups.has(name) || before === undefined || !sameOrder(before, sets)
    groups.set(name, { sets, policy, relayered })
  }
  return groups
}

/** Names of the groups that the job makes, relayers, or whose paths it touches, in order. */
export function concernedGroups(
  declared: ReadonlyMap<string, DeclaredGroup>,
  observed: Observed,
  { touched }: Pick<DeclaredHeads, 'touched'>,
): string[] {
  const names = new Set<string>()
  for (const [name, { relayered }] of declared) if (relayered) names.add(name)
  for (const [name, group] of Object.entries(observed.groups)) {
    const touches = (path: string): boolean => touched.has(path)
    if (group.sets.some(touches) || group.current.sets.some(touches)) names.add(name)
  }
  return [...names].sort(compareText)
}

function sameOrder(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((path, index) => path === right[index])
}
