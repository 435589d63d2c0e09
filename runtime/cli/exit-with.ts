/** Ends the command with an exit code and no message: what there was to say has been said. */
export class ExitWith extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit ${exitCode}`)
    this.name = 'ExitWith'
    this.exitCode = exitCode
  }
}
