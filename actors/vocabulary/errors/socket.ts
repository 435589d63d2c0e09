import { errorTable } from './error-spec.ts'

export const socketErrors = errorTable({})
