import { errorTable } from './error-spec.ts'

export const agentErrors = errorTable({})
