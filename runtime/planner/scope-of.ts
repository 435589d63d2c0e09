import { compareText } from './compare-text.ts'
import type { Plan } from './plan.ts'

/**
 * Names of the locks that a plan needs, in the order in which every job takes them: `group/NAME`, `path/A/B`.
 */
export function scopeOf(plan: Plan): string[] {
  const groups = [...plan.groups.map(({ group }) => group), ...plan.unchanged].map(group => `group/${group}`)
  const paths = plan.heads.map(({ path }) => `path${path}`)
  return [...groups, ...paths].sort(compareText)
}
