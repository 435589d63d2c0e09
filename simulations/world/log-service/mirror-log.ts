import type { JournalStore } from '../simulated-journal.ts'
import { recordsInMessage } from './log-records.ts'
import type { SimulatedLog } from './simulated-log.ts'

/** Writes down in `store` every record as it becomes durable in the log, for those who judge the journal. */
export function mirrorLog(service: SimulatedLog, store: JournalStore): void {
  const { world } = service
  service.onCommit = (bytes, writer) => {
    for (const record of recordsInMessage(service.log, bytes)) {
      store.disk.records.push(record)
      store.disk.seqById.set(record.id, record.seq)
      world.trace.note(world.nowMs, 'append', writer.name, record.payload)
    }
    store.appended(world.nowMs)
  }
}
