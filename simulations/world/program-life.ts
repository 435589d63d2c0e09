import type { EndOfProgram } from './program.ts'

/** When a program ran, stood still and ended, in true time: for those who judge it. Open spans have no `toMs` yet. */
export interface ProgramLife {
  readonly name: string
  readonly machine: string
  readonly fromMs: number
  toMs: number | undefined
  end: EndOfProgram | undefined
  readonly stands: { readonly fromMs: number; toMs: number | undefined }[]
}
