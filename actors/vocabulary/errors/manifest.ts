import { errorTable } from './error-spec.ts'

export const manifestErrors = errorTable({})
