import type { AnyChart } from '../../actors/vocabulary/chart.ts'
import { builtInPolicies } from '../../policies/built-in.ts'
import { policyGuards } from '../../policies/vocabulary/guards.ts'
import { policyIntents } from '../../policies/vocabulary/intents.ts'
import type { PolicyDefinition } from '../../policies/vocabulary/policy-definition.ts'
import { drawChart, tabulateChart } from '../kernel/draw-chart.ts'
import { charts } from './charts.ts'

export const BEGIN =
  '<!-- generated from the charts: KONOR_ACCEPT=1 npx ava build/runtime/engine/chart-pages.test.js -->'
export const END = '<!-- end of what is generated -->'

/** The folder of each kind whose name is not that of the folder. */
const FOLDERS: Readonly<Record<string, string>> = { sub: 'subscription' }

/** README → what stands between its marks: the drawing and the table of each chart that it is about. */
export function chartPages(): ReadonlyMap<string, string> {
  const actors = charts
    .filter(({ kind }) => kind !== 'policy-run')
    .map(chart => [`actors/${FOLDERS[chart.kind] ?? chart.kind}/README.md`, actorPage(chart)] as const)
  return new Map([...actors, ['policies/README.md', policyPage()]])
}

/** A page with everything between its marks replaced. */
export function withGenerated(page: string, generated: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new RangeError('the page lacks the marks of its generated part')
  return `${page.slice(0, begin + BEGIN.length)}\n\n${generated}\n${page.slice(end)}`
}

function actorPage({ config }: AnyChart): string {
  return `${drawChart(config)}\n${tabulateChart(config)}`
}

function policyPage(): string {
  return [
    '## Vocabulary, version 1',
    '',
    `Guards: ${Object.keys(policyGuards)
      .map(name => `\`${name}\``)
      .join(', ')}.`,
    '',
    `Intents: ${Object.keys(policyIntents)
      .map(name => `\`${name}\``)
      .join(', ')}. Update: \`observe\` notes the latest counters.`,
    '',
    ...[...builtInPolicies.values()].flatMap(onePolicy),
  ].join('\n')
}

function onePolicy(policy: PolicyDefinition): string[] {
  const { name, version, summary, options, defaults, machine } = policy
  const properties = options['properties'] as Readonly<Record<string, { readonly description?: string }>>
  return [
    `## \`${name}\`, version ${version}`,
    '',
    `It ${summary}.`,
    '',
    '| option | default | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(properties).map(
      ([option, { description = '' }]) =>
        `| \`${option}\` | \`${String(defaults[option])}\` | ${description} |`,
    ),
    '',
    drawChart(machine),
    tabulateChart(machine),
  ]
}
