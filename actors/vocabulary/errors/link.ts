import { errorTable } from './error-spec.ts'

export const linkErrors = errorTable({})
