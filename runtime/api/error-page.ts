import { type ErrorCode, errors } from '../../actors/vocabulary/errors/index.ts'
import type { ErrorSpec } from '../../actors/vocabulary/errors/error-spec.ts'

/** What each exit code of the CLI says. */
export const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'difference or negative answer',
  2: 'usage',
  3: 'not found',
  4: 'conflict or stale',
  5: 'denied',
  6: 'unreachable',
  7: 'timed out',
  8: 'rollout or job failed',
  20: 'internal',
}

export const ERROR_CODES = (Object.keys(errors) as ErrorCode[]).sort()

/** The page of one error code, as Markdown. */
export function errorPage(code: ErrorCode): string {
  const spec: ErrorSpec = errors[code]
  return `# ${code}

${spec.title}.

${spec.help}

| | |
|---|---|
| HTTP status | ${spec.status} |
| Exit code of \`konor\` | ${spec.exit} (${EXIT_MEANINGS[spec.exit] ?? 'other'}) |
| Retryable unchanged | ${spec.retryable ? 'yes' : 'no'} |
`
}
