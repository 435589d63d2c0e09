import { once } from 'node:events'
import process from 'node:process'
import type { Settings } from './settings/resolve-settings.ts'

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

const CODES: Readonly<Record<Style, number>> = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 }

/** What a command says, and where: answers on standard output, everything else on standard error. */
export interface CliIo {
  /** A part of the answer, as it stands. */
  out(text: string): void
  /** A part of a long answer: waits until the reader has taken what came before. */
  outWhenRead(text: string): Promise<void>
  /** A note for a person, with a line break; silent with `-q`. */
  note(text: string): void
  /** A detail, only with `-v`. */
  detail(text: string): void
  /** One line that replaces the one before, where a person watches; undefined clears it. */
  progress(line: string | undefined): void
  readonly watched: boolean
  paint(style: Style, text: string): string
}

/** The terminal of this process. Colours only where a terminal shows them and nobody said no. */
export function createIo(settings: Settings): CliIo {
  const quiet = settings.isOn('quiet')
  const verbose = settings.isOn('verbose')
  const plain =
    settings.isOn('no-color') || Boolean(process.env['NO_COLOR']) || process.env['TERM'] === 'dumb'
  const watched = process.stderr.isTTY === true && !quiet
  let hasProgress = false
  const clear = (): void => {
    if (hasProgress) process.stderr.write('\r\x1b[K')
    hasProgress = false
  }
  return {
    watched,
    out(text) {
      clear()
      process.stdout.write(text)
    },
    async outWhenRead(text) {
      clear()
      if (!process.stdout.write(text)) await once(process.stdout, 'drain')
    },
    note(text) {
      clear()
      if (!quiet) process.stderr.write(`${text}\n`)
    },
    detail(text) {
      clear()
      if (verbose) process.stderr.write(`${text}\n`)
    },
    progress(line) {
      clear()
      if (line === undefined || !watched) return
      process.stderr.write(line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1)))
      hasProgress = true
    },
    paint: (style, text) =>
      plain || process.stdout.isTTY !== true ? text : `\x1b[${CODES[style]}m${text}\x1b[0m`,
  }
}
