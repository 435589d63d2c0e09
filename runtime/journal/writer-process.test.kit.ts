import { once } from 'node:events'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { FaultPoint, Faults } from '../ports/fault-points.ts'
import { sampleDraft, sampleDrafts } from './sample-records.test.kit.ts'
import { SqliteJournal } from './sqlite-journal.ts'

/** What a writing process is told, as one JSON argument. */
export interface WriterOrders {
  readonly dataDir: string
  readonly batch: number
  readonly payloadBytes?: number
  /** Kills itself the so-manieth time it comes to this point. */
  readonly killAt?: { readonly point: FaultPoint; readonly time: number }
  /** Limits the size of any file it writes: a disk that fails, for want of a real one. */
  readonly fileKilobytesMax?: number
  /** Ends by itself after a failed append was settled and one more was made. */
  readonly untilSettled?: boolean
}

/** A real process that appends to a journal without end and says what was acknowledged. */
export interface WriterProcess {
  /** Each line it says: `opened SEQ`, `acknowledged SEQ`, `failed CODE`, `settled SEQ|none`, `refused CODE`. */
  readonly lines: AsyncIterableIterator<string>
  kill(): Promise<void>
  readonly ended: Promise<void>
}

export function startWriter(t: ExecutionContext, orders: WriterOrders): WriterProcess {
  const command = [process.execPath, fileURLToPath(import.meta.url), JSON.stringify(orders)]
  const limited = `ulimit -f ${(orders.fileKilobytesMax ?? 0) * SHELL_BLOCKS_PER_KILOBYTE}; exec "$0" "$@"`
  const full = orders.fileKilobytesMax === undefined ? command : ['sh', '-c', limited, ...command]
  const child: ChildProcess = spawn(full[0] ?? '', full.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close').then(() => undefined)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(kill)
  if (child.stdout === null) throw new TypeError('the process has no output')
  return { lines: createInterface(child.stdout)[Symbol.asyncIterator](), kill, ended }
}

/** POSIX counts `ulimit -f` in blocks of 512 bytes. */
const SHELL_BLOCKS_PER_KILOBYTE = 2

async function write(orders: WriterOrders): Promise<void> {
  const journal = await SqliteJournal.open(orders.dataDir, { faults: faultsOf(orders) })
  let { seq } = await journal.head()
  say(`opened ${seq}`)
  for (;;) {
    const payload = new Uint8Array(orders.payloadBytes ?? 100).fill(seq)
    const records = sampleDrafts(seq + 1, orders.batch).map(draft => ({ ...draft, payload }))
    try {
      const head = await journal.append({ expectedSeq: seq, records, blobs: [] })
      seq = head.seq
      say(`acknowledged ${seq}`)
    } catch (error) {
      if (!isKonorError(error)) throw error
      say(`failed ${error.code}`)
      say(`settled ${(await journal.find(records[0]?.id ?? '')) ?? 'none'}`)
      seq = (await journal.head()).seq
      const head = await journal.append({ expectedSeq: seq, records: [sampleDraft(seq + 1)], blobs: [] })
      say(`acknowledged ${head.seq}`)
      if (orders.untilSettled === true) return journal.close()
      throw error
    }
  }
}

function faultsOf({ killAt }: WriterOrders): Faults {
  let times = 0
  return {
    hit(point) {
      if (point === killAt?.point && ++times === killAt.time) process.kill(process.pid, 'SIGKILL')
    },
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

const orders = process.argv[2]
if (process.argv[1] === fileURLToPath(import.meta.url) && orders !== undefined) {
  try {
    await write(JSON.parse(orders) as WriterOrders)
  } catch (error) {
    if (!isKonorError(error)) throw error
    say(`refused ${error.code}`)
  }
}
