import { errors } from '../../actors/vocabulary/errors/index.ts'
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

/** The page of one error code, as Markdown; undefined for a code that is not in the table. */
export function errorPage(code: string): string | undefined {
  if (!Object.hasOwn(errors, code)) return undefined
  const spec: ErrorSpec = errors[code as keyof typeof errors]
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
