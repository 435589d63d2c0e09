import { errorTable } from './error-spec.ts'

export const apiErrors = errorTable({})
