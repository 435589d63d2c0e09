import { pino } from 'pino'
import type { Logger } from '../logger.ts'
import { prettyLogLine } from './pretty-log-line.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface PinoLoggerOptions {
  readonly level: LogLevel
  /** Lines for a person at a terminal instead of JSON. */
  readonly pretty: boolean
  /** The program, as the field `name`. */
  readonly name: string
  /**
   * Where lines go; standard error when absent, because standard output belongs to the answer of a command.
   */
  readonly destination?: { write(line: string): void }
}

/** Names whose values are never logged, at the top of a record or up to three levels below. */
const SECRET_NAMES = [
  'secret',
  'secretKey',
  'privateKey',
  'token',
  'password',
  'passphrase',
  'apiKey',
  'authorization',
  'cookie',
  'credentials',
  'values',
  '["api-key"]',
  '["x-api-key"]',
  '["webhook-secret"]',
]

/**
 * Structured logs: one JSON line an event, written at once so that a crash loses none. Secrets are censored.
 */
export function createPinoLogger(options: PinoLoggerOptions): Logger {
  const lines = options.destination ?? pino.destination({ dest: 2, sync: true })
  const destination = options.pretty
    ? { write: (line: string) => void lines.write(prettyLogLine(line)) }
    : { write: (line: string) => void lines.write(line) }
  return pino(
    {
      name: options.name,
      level: options.level,
      redact: { paths: SECRET_NAMES.flatMap(atEveryDepth), censor: '[redacted]' },
    },
    destination,
  )
}

function atEveryDepth(name: string): string[] {
  const joint = name.startsWith('[') ? '' : '.'
  return [name, `*${joint}${name}`, `*.*${joint}${name}`, `*.*.*${joint}${name}`]
}
