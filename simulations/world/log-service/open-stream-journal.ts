import type { SharedJournal } from '../../../runtime/journal/shared-journal.ts'
import { StreamJournal } from '../../../runtime/journal/stream/stream-journal.ts'
import type { Program } from '../program.ts'
import { LogConnection } from './log-connection.ts'
import type { SimulatedLog } from './simulated-log.ts'

/** The shared journal of the product, for one life of a central, on the log service of the world. */
export function openSimulatedStreamJournal(service: SimulatedLog, program: Program): SharedJournal {
  const { clock, random, logger, faults } = program
  return new StreamJournal({ service: new LogConnection(service, program), clock, random, logger, faults })
}
