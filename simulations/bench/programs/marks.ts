import { createInterface } from 'node:readline'
import type { FaultPoint, Faults } from '../../../runtime/ports/fault-points.ts'
import { type Logger, silentLogger } from '../../../runtime/ports/logger.ts'

/** Something that happened in a process: nanoseconds of the machine's monotonic clock, which all processes share. */
export type Mark = readonly [what: string, atNs: number]

/** Marks that are kept until they are asked for; the oldest are dropped. */
const MARKS_MAX = 200_000

/**
 * Keeps the time of every fault point and of every line of the log that says why a group changed. A line `marks` on the
 * standard input has them written to the standard output as one line of JSON, and forgotten.
 */
export function createMarks(): { readonly faults: Faults; readonly logger: Logger } {
  let marks: Mark[] = []
  const note = (what: string): void => {
    if (marks.length >= MARKS_MAX) marks = marks.slice(MARKS_MAX / 2)
    marks.push([what, Number(process.hrtime.bigint())])
  }
  createInterface({ input: process.stdin }).on('line', line => {
    if (line !== 'marks') return
    process.stdout.write(`marks ${JSON.stringify(marks)}\n`)
    marks = []
  })
  const logger: Logger = {
    ...silentLogger,
    debug: fields => noteWanted(fields, note),
    info: fields => noteCause(fields, note),
    child: () => logger,
  }
  return { faults: { hit: (point: FaultPoint) => note(point) }, logger }
}

function noteCause(fields: unknown, note: (what: string) => void): void {
  if (typeof fields === 'object' && fields !== null && 'cause' in fields)
    note(`agent.${String(fields.cause)}`)
}

function noteWanted(fields: unknown, note: (what: string) => void): void {
  if (typeof fields === 'object' && fields !== null && 'candidate' in fields)
    note(fields.candidate === undefined ? 'agent.desire-committed' : 'agent.desire-candidate')
}
