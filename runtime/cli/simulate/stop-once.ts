import process from 'node:process'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Whether a person asked to stop. */
export interface Stop {
  readonly isAsked: boolean
}

/**
 * The first Ctrl-C, or the first word of whoever supervises a build, asks for an end in good order, and is told; a
 * second one ends the program as always.
 */
export function stopOnce(onAsked: () => void): Stop {
  const stop = { isAsked: false }
  const ask = (): void => {
    for (const signal of SIGNALS) process.off(signal, ask)
    stop.isAsked = true
    onAsked()
  }
  for (const signal of SIGNALS) process.on(signal, ask)
  return stop
}
