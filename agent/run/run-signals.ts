/** Signals that `konor run` passes on to its command. */
export const FORWARDED_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** After these the command is not started again. */
export const ENDING_SIGNALS: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT'])

/** Where signals to this process come from; tests bring their own. */
export interface SignalSource {
  /** Whether the terminal sends Ctrl-C to the command as well: then it is not passed on a second time. */
  readonly terminalSendsInterrupt: boolean
  on(signal: NodeJS.Signals, listener: () => void): void
  off(signal: NodeJS.Signals, listener: () => void): void
}

/** The signals of this process. */
export function processSignals(): SignalSource {
  return {
    terminalSendsInterrupt: process.stdin.isTTY === true,
    on: (signal, listener) => void process.on(signal, listener),
    off: (signal, listener) => void process.off(signal, listener),
  }
}

/** Passes every forwarded signal to `take`. Returns a function that ends it. */
export function listenForSignals(source: SignalSource, take: (signal: NodeJS.Signals) => void): () => void {
  const listeners = FORWARDED_SIGNALS.map(signal => [signal, () => take(signal)] as const)
  for (const [signal, listener] of listeners) source.on(signal, listener)
  return () => {
    for (const [signal, listener] of listeners) source.off(signal, listener)
  }
}
