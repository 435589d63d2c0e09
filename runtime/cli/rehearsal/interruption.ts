import process from 'node:process'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Tells who plays for long that a person, or a machine, wants it to end. */
export interface Interruption {
  readonly signal: AbortSignal
  /** From here on signals end the program as always. */
  release(): void
}

/** The first SIGINT or SIGTERM aborts `signal`; a second one ends the program as always. */
export function awaitInterruption(): Interruption {
  const interruption = new AbortController()
  const release = (): void => {
    for (const name of SIGNALS) process.off(name, interrupt)
  }
  const interrupt = (): void => {
    release()
    interruption.abort()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  return { signal: interruption.signal, release }
}
