import { errors } from '../../../actors/vocabulary/errors/index.ts'
import type { ErrorDetail } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Problem } from '../../api/problem.ts'

/** A problem document that a central answered. Its code may be one that this program does not know yet. */
export class RemoteError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'RemoteError'
    this.problem = problem
  }

  get errors(): readonly ErrorDetail[] {
    return this.problem.errors ?? []
  }

  get exitCode(): number {
    const { code, status } = this.problem
    const known = Object.hasOwn(errors, code) ? errors[code as keyof typeof errors] : undefined
    return known?.exit ?? EXIT_OF_STATUS[status] ?? (status < 500 ? 2 : 20)
  }

  get help(): string | undefined {
    const { code } = this.problem
    return Object.hasOwn(errors, code) ? errors[code as keyof typeof errors].help : undefined
  }
}

/** What a status says when the code is unknown. */
const EXIT_OF_STATUS: Readonly<Record<number, number>> = {
  401: 5,
  403: 5,
  404: 3,
  408: 7,
  409: 4,
  410: 3,
  412: 4,
  429: 6,
  502: 6,
  503: 6,
  504: 7,
}
