import type { CliIo } from '../cli-io.ts'
import { type Column, renderTable } from './table.ts'

export type OutputFormat = 'table' | 'wide' | 'json' | 'jsonl' | 'yaml' | 'name'

/** An answer: what it is as data, and how a person reads it. */
export interface Printable {
  /** The answer as data: an array is a list. */
  readonly data: unknown
  /** `kind/name` of each thing in it, for `-o name`. */
  readonly names: readonly string[]
  /** For a person. */
  readonly text: (isWide: boolean) => string
}

/** A list of things in columns. */
export function listOf<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  nameOf: (row: Row) => string,
): Printable {
  return { data: rows, names: rows.map(nameOf), text: isWide => renderTable(rows, columns, isWide) }
}

/** One thing, as a table of one row. */
export function oneOf<Row>(row: Row, columns: readonly Column<Row>[], name: string): Printable {
  return { data: row, names: [name], text: isWide => renderTable([row], columns, isWide) }
}

/** Prints an answer on standard output; a list as JSON is `{ items, next }`, as the API has it. */
export async function print(
  io: CliIo,
  format: OutputFormat,
  { data, names, text }: Printable,
): Promise<void> {
  switch (format) {
    case 'json':
      return io.out(`${JSON.stringify(enveloped(data), null, 2)}\n`)
    case 'jsonl':
      return io.out(
        [data]
          .flat()
          .map(item => `${JSON.stringify(item)}\n`)
          .join(''),
      )
    case 'yaml': {
      const { stringify } = await import('yaml')
      return io.out(stringify(enveloped(data)))
    }
    case 'name':
      return io.out(names.map(name => `${name}\n`).join(''))
    default:
      return io.out(text(format === 'wide'))
  }
}

function enveloped(data: unknown): unknown {
  return Array.isArray(data) ? { items: data, next: null } : data
}
