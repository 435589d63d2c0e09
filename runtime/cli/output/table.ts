export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string | number | boolean | null | undefined
  /** Only with `-o wide`. */
  readonly wide?: boolean
}

/** One row a line, columns aligned, an absent cell as `-`; headings alone when there are no rows. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  isWide: boolean,
): string {
  const shown = columns.filter(column => isWide || column.wide !== true)
  const cells = rows.map(row => shown.map(column => cellText(column.cell(row))))
  const lines = [shown.map(({ title }) => title), ...cells]
  const widths = shown.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  return lines
    .map(line =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('')
}

function cellText(value: string | number | boolean | null | undefined): string {
  const text = value === null || value === undefined || value === '' ? '-' : String(value)
  // A cell that breaks the line, or the terminal, would lie about where it ends.
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}
