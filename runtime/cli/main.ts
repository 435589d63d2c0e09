#!/usr/bin/env node
import process from 'node:process'
import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'

// Who pipes us into `head` has read enough: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const program = createProgram()
try {
  await program.parseAsync(process.argv)
} catch (thrown) {
  const { exitCode, text } = reportError(thrown, program.opts()['verbose'] === true)
  process.stderr.write(text)
  // The code alone, not an exit: what is still being written to a pipe gets out whole.
  process.exitCode = exitCode
}
