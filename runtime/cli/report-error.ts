import { CommanderError } from 'commander'
import { type ErrorDetail, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { RemoteError } from './client/remote-error.ts'
import { ExitWith } from './exit-with.ts'

export interface ErrorReport {
  readonly exitCode: number
  /** What goes to standard error; empty when all has been said. */
  readonly text: string
}

/**
 * What to say of a thrown thing and how to end: the code, what happened, where (file and line), what to do next, and
 * the trace. `verbose` adds causes.
 */
export function reportError(thrown: unknown, verbose: boolean): ErrorReport {
  if (thrown instanceof ExitWith) return { exitCode: thrown.exitCode, text: '' }
  // Commander has printed what it says; help or a version that was asked for is no error (0), anything else is usage.
  if (thrown instanceof CommanderError) return { exitCode: thrown.exitCode === 0 ? 0 : 2, text: '' }
  if (thrown instanceof RemoteError) {
    const { code, detail, traceId, details } = thrown.problem
    const lines = [...describe(code, detail, thrown.errors, thrown.help), `  trace: ${traceId}`]
    return { exitCode: thrown.exitCode, text: join(withDetails(lines, details, verbose)) }
  }
  if (thrown instanceof KonorError) {
    const lines = describe(thrown.code, thrown.message, thrown.errors, thrown.help)
    const causes = verbose ? causesOf(thrown.cause) : []
    return {
      exitCode: thrown.spec.exit,
      text: join([...withDetails(lines, thrown.details, verbose), ...causes]),
    }
  }
  const internal = new KonorError(
    'KONOR_CLI_INTERNAL',
    thrown instanceof Error ? thrown.message : String(thrown),
  )
  const causes = verbose ? causesOf(thrown) : []
  return {
    exitCode: internal.spec.exit,
    text: join([...describe(internal.code, internal.message, [], internal.spec.help), ...causes]),
  }
}

function describe(
  code: string,
  message: string,
  errors: readonly ErrorDetail[],
  help: string | undefined,
): readonly string[] {
  return [
    `error ${code}: ${message}`,
    ...errors.map(error => `  ${placeOf(error)}${error.message}`),
    ...(help === undefined ? [] : [`  next: ${help}`]),
  ]
}

/** `payments.yaml:12 /spec/sets/0: `, as far as it is known. */
function placeOf({ file, line, pointer }: ErrorDetail): string {
  const place = file === undefined ? undefined : line === undefined ? file : `${file}:${line}`
  const parts = [place, pointer].filter(part => part !== undefined && part !== '')
  return parts.length === 0 ? '' : `${parts.join(' ')}: `
}

function withDetails(
  lines: readonly string[],
  details: Readonly<Record<string, unknown>> | undefined,
  verbose: boolean,
): readonly string[] {
  const isConflict = lines[0]?.includes('_MOVED') === true
  if (details === undefined || Object.keys(details).length === 0 || !(verbose || isConflict)) return lines
  return [...lines, `  details: ${JSON.stringify(details)}`]
}

function causesOf(cause: unknown): readonly string[] {
  if (!(cause instanceof Error)) return []
  return [`  cause: ${cause.stack ?? cause.message}`, ...causesOf(cause.cause)]
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
