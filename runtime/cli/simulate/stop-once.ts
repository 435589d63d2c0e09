import process from 'node:process'

/** Whether a person asked to stop. */
export interface Stop {
  readonly isAsked: boolean
}

/** The first Ctrl-C asks for an end in good order, and is told; a second one ends the program as always. */
export function stopOnce(onAsked: () => void): Stop {
  const stop = { isAsked: false }
  process.once('SIGINT', () => {
    stop.isAsked = true
    onAsked()
  })
  return stop
}
