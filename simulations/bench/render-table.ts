import { type Figure, type Goal, isMet, type Measured, ratioOf } from './figure.ts'

const HEADINGS = ['', 'ours', 'p99', 'unit', 'beside', '', 'p99', 'ratio', 'goal', ''] as const

/** The figures of one benchmark as aligned text, with the notes below. */
export function renderTable(title: string, figures: readonly Figure[]): string {
  const rows = figures.map(rowOf)
  const table: readonly (readonly string[])[] = [HEADINGS, ...rows]
  const widths = HEADINGS.map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0)))
  const lines = table.map(row =>
    row
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const notes = figures.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`]))
  return [title, ...lines, ...notes].join('\n')
}

/** The same as a section of a Markdown page. */
export function renderMarkdown(title: string, figures: readonly Figure[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = HEADINGS.map((_, column) => (isText(column) ? '---' : '---:'))
  const notes = figures.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}`]))
  const rows = figures.map(figure => line(rowOf(figure)))
  const table = [line(HEADINGS), line(rule), ...rows].join('\n')
  return [`### ${title}`, table, ...(notes.length === 0 ? [] : [notes.join('\n')])].join('\n\n')
}

function rowOf(figure: Figure): readonly string[] {
  const { name, ours, unit, beside, goals = [] } = figure
  const ratio = ratioOf(figure)
  const met = isMet(figure)
  return [
    name,
    formatNumber(ours.value),
    tail(ours),
    unit,
    beside?.name ?? '',
    beside === undefined ? '' : formatNumber(beside.value),
    beside === undefined ? '' : tail(beside),
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    goals.map(goal => formatGoal(goal, unit)).join(', '),
    met === undefined ? '' : met ? 'met' : 'behind',
  ]
}

function isText(column: number): boolean {
  return column === 0 || column === 3 || column === 4 || column >= 8
}

function tail({ p99 }: Measured): string {
  return p99 === undefined ? '' : formatNumber(p99)
}

function formatGoal({ of, atLeast, atMost }: Goal, unit: string): string {
  const bound = atLeast === undefined ? `≤ ${formatNumber(atMost ?? 0)}` : `≥ ${formatNumber(atLeast)}`
  if (of === 'ratio') return `${bound}×`
  return of === 'p99' ? `p99 ${bound} ${unit}` : `${bound} ${unit}`
}

/** Three significant digits, thousands set apart. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
