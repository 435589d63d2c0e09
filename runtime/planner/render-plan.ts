import type { Plan, PlannedGroup } from './plan.ts'
import type { Compiled, GroupExplanation } from './planning.ts'
import { renderDiff } from './render-diff.ts'

const SHORT = 12

/** A compiled plan as text for a person: what `konor plan` prints and what the golden traces hold. */
export function renderPlan({ plan, explanations }: Compiled): string {
  const lines = [`${plan.kind} ${plan.digest.slice(0, SHORT)}`]
  for (const { path, version, digest } of plan.heads) {
    lines.push(`  head ${path} v${version} ${digest === null ? 'removed' : digest.slice(0, SHORT)}`)
  }
  for (const [index, group] of plan.groups.entries())
    lines.push(...renderGroup(plan, group, explanations[index]))
  for (const group of plan.unchanged) lines.push(`  group ${group} unchanged`)
  return lines.join('\n')
}

function renderGroup(plan: Plan, group: PlannedGroup, explanation: GroupExplanation | undefined): string[] {
  const { base, generation, changes, policy, restores } = group
  const from = base === null ? 'nothing' : `${base.revision} ${base.digest.slice(0, SHORT)}`
  const restored = restores === null ? '' : `, restores ${restores}`
  const step = plan.steps.find(({ target }) => target === `group/${group.group}`)
  return [
    `  group ${group.group}: ${from} → ${generation.revision} ${generation.digest.slice(0, SHORT)}${restored}`,
    `    bundle ${generation.keys} keys, ${generation.sizeBytes} bytes` +
      ` (+${changes.added} ~${changes.changed} -${changes.removed})`,
    `    policy ${policy.name} ${policy.digest.slice(0, SHORT)}`,
    ...group.sets.map(path => `    set ${path} v${group.pins[path]?.version}${mark(group, path)}`),
    ...group.held.map(
      ({ path, pinned, head }) => `    held ${path} ${pinned === null ? 'out' : `v${pinned}`}, head v${head}`,
    ),
    ...(explanation?.overrides ?? []).map(
      ({ key, winner, shadowed }) => `    override ${key}: ${winner} over ${shadowed.join(', ')}`,
    ),
    ...renderDiff(explanation?.diff ?? []).map(line => `    ${line}`),
    `    step ${step?.id} ${step?.class} ${step?.effectKey.slice(0, SHORT)}`,
  ]
}

function mark(group: PlannedGroup, path: string): string {
  return group.touched.includes(path) ? ' *' : ''
}
