import { errorTable } from './error-spec.ts'

export const cliErrors = errorTable({})
