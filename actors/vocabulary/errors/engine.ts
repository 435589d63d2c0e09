import { errorTable } from './error-spec.ts'

export const engineErrors = errorTable({})
