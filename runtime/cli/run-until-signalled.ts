import { constants } from 'node:os'
import process from 'node:process'
import type { Logger } from '../ports/logger.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

interface Program {
  readonly logger: Logger
  /** Drains and leaves in good order. */
  readonly close: () => Promise<void>
  /** Resolves when the program is over by itself, with the reason when that is an error. */
  readonly ended: Promise<unknown>
}

/**
 * Runs until it is told to end: the first SIGTERM or SIGINT drains and leaves, with exit code 0; a second one stops at
 * once. A program that ends by itself throws its reason.
 */
export async function runUntilSignalled({ logger, close, ended }: Program): Promise<void> {
  const signalled = new Promise<'signalled'>(resolve => {
    let told = false
    for (const signal of SIGNALS)
      process.on(signal, () => {
        if (told) process.exit(128 + constants.signals[signal])
        told = true
        logger.info({ signal }, 'leaving; the same signal again stops at once')
        resolve('signalled')
      })
  })
  const reason = await Promise.race([signalled, ended])
  await close()
  if (reason !== 'signalled' && reason !== undefined) throw reason
  process.exit(0)
}
