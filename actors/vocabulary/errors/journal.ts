import { errorTable } from './error-spec.ts'

export const journalErrors = errorTable({})
