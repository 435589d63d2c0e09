import { extname } from 'node:path'
import { stringify } from 'yaml'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type Entries, entriesAsVariables } from './entries-as-environment.ts'

const WITHOUT_QUOTES = /^[A-Za-z0-9_./:@%+,=-]+$/

/** How a file is written, by its extension. */
export type EntriesFormat = 'json' | 'yaml' | 'env'

/** The format that a path asks for. Throws `KONOR_RUN_USAGE` for another extension. */
export function formatOfFile(path: string): EntriesFormat {
  switch (extname(path) || path.slice(path.lastIndexOf('/') + 1)) {
    case '.json':
      return 'json'
    case '.yaml':
    case '.yml':
      return 'yaml'
    case '.env':
      return 'env'
    default:
      throw new KonorError('KONOR_RUN_USAGE', `--file ${path}: the name must end with .json, .yaml or .env`)
  }
}

/** Entries as the text of a file, keys sorted, with a line feed at its end. */
export function renderEntries(entries: Entries, format: EntriesFormat): string {
  const sorted = Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)))
  switch (format) {
    case 'json':
      return `${JSON.stringify(sorted, null, 2)}\n`
    case 'yaml':
      return stringify(sorted)
    case 'env':
      return [...entriesAsVariables(entries)].map(([name, text]) => `${name}=${quoted(text)}\n`).join('')
  }
}

/**
 * Text that a shell, Node's `--env-file` and the usual dotenv readers all take as it is: plain where it is plain, else
 * in single quotes; only text with a single quote in it needs double quotes, escaped for a shell.
 */
function quoted(text: string): string {
  if (WITHOUT_QUOTES.test(text)) return text
  if (!text.includes("'")) return `'${text}'`
  return `"${text.replaceAll(/[\\"$`]/g, character => `\\${character}`)}"`
}
