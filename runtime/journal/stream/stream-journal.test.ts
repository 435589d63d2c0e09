import test from 'ava'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { journalConformance } from '../conformance.ts'
import { createImpatientClock } from './impatient-clock.test.kit.ts'
import { MemoryLog, MemoryLogService } from './memory-log-service.ts'
import { StreamJournal } from './stream-journal.ts'

journalConformance(test, async () => {
  const log = new MemoryLog()
  const open = () =>
    new StreamJournal({
      service: new MemoryLogService({ log }),
      clock: createImpatientClock(),
      random: new SeededRandom('conformance'),
    })
  return { journal: open(), reopen: async () => open() }
})
