import { errors } from '../../../actors/vocabulary/errors/index.ts'
import type { ErrorSpec } from '../../../actors/vocabulary/errors/error-spec.ts'
import { ERROR_CODES } from '../../api/error-page.ts'
import { errorPageName } from '../../api/problem.ts'

/** The list of all error codes, from the error table. */
export function renderErrorIndex(): string {
  const rows = ERROR_CODES.map(code => {
    const { status, exit, retryable, title }: ErrorSpec = errors[code]
    const link = `[\`${code}\`](${errorPageName(code)}.md)`
    return `| ${link} | ${status} | ${exit} | ${retryable ? 'yes' : 'no'} | ${title} |`
  })
  return `# Errors

Generated from the error table. Every error has a stable code. REST answers it as a problem document (RFC 9457) with the
status below; \`konor\` prints it on standard error and ends with the exit code. Retryable means that the same request may
succeed later, unchanged.

| code | status | exit | retryable | |
|---|---|---|---|---|
${rows.join('\n')}
`
}
