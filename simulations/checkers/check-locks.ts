import type { Evidence, ReadRecord, Violation } from './evidence.ts'

interface Asking {
  readonly locks: readonly string[]
  held: number
}

/**
 * Promise 9: a table of locks of the checker's own, fed with who was accepted and who ended. A job may begin a rollout
 * only while it holds all that it asked for, in the order of acceptance, lock by lock; so no two that share one ever
 * run at once, and nobody is passed over; and it begins nothing in a group whose lock it did not ask for. A rollback
 * begins in the record that accepts it. At the end nobody waits.
 */
export function checkLocks({ records }: Evidence): Violation[] {
  const table = new LockTable()
  const violations: Violation[] = []
  for (const read of records) {
    const wanted = locksOf(read)
    for (const { type, data } of read.outputs) {
      const job = String(data['job'])
      if (type === 'job.accepted') {
        if (data['kind'] === 'rollback') violations.push(...waits(read, job))
        else table.enter(job, wanted.get(job) ?? [])
      } else if (type === 'job.ended') table.leave(job)
      else if (type === 'rollout.started') {
        const group = String(data['group'])
        if (table.isBeyond(job, `group/${group}`))
          violations.push({ promise: 9, what: `job ${job} began in ${group}, whose lock it never asked for` })
        const missing = table.missing(job)
        if (missing !== undefined) {
          const what = `job ${job} began ${String(data['group'])}@${String(data['revision'])} in record ${read.record.seq}`
          violations.push({ promise: 9, what: `${what} while ${missing.lock} is with ${missing.holder}` })
        }
      }
    }
  }
  return violations
}

/** What shows that a rollback is under way; one that only undoes has no revision of its own yet. */
const BEGINNINGS: ReadonlySet<string> = new Set(['rollout.started', 'group.committed', 'job.ended'])

/** What is not begun at once by the record that accepts it has waited for somebody. */
function waits({ record, outputs }: ReadRecord, job: string): Violation[] {
  const isBegun = outputs.some(
    ({ type, data }) => type === 'rollout.undone' || (BEGINNINGS.has(type) && data['job'] === job),
  )
  return isBegun ? [] : [{ promise: 9, what: `rollback ${job} is only accepted in record ${record.seq}` }]
}

function locksOf({ inputs }: ReadRecord): ReadonlyMap<string, readonly string[]> {
  return new Map(
    inputs.flatMap(({ body }): [string, readonly string[]][] => {
      const job = body['job'] as { readonly id: string; readonly locks?: readonly string[] } | undefined
      return typeof job === 'object' && job !== null ? [[job.id, job.locks ?? []]] : []
    }),
  )
}

class LockTable {
  readonly #jobs = new Map<string, Asking>()
  readonly #queues = new Map<string, string[]>()

  enter(job: string, locks: readonly string[]): void {
    this.#jobs.set(job, { locks: locks.toSorted(), held: -1 })
    this.#granted(job)
  }

  leave(job: string): void {
    const asking = this.#jobs.get(job)
    this.#jobs.delete(job)
    for (const lock of asking?.locks ?? []) {
      const queue = this.#queues.get(lock) ?? []
      const at = queue.indexOf(job)
      if (at < 0) continue
      queue.splice(at, 1)
      const [next] = queue
      if (at === 0 && next !== undefined) this.#granted(next)
    }
  }

  /** Whether a job that takes locks never asked for this one. */
  isBeyond(job: string, lock: string): boolean {
    return this.#jobs.get(job)?.locks.includes(lock) === false
  }

  /** A lock that the job has not got, and who has; undefined when it has all, or never asked for any. */
  missing(job: string): { readonly lock: string; readonly holder: string } | undefined {
    const asking = this.#jobs.get(job)
    const lock = asking?.locks[asking.held]
    return lock === undefined ? undefined : { lock, holder: this.#queues.get(lock)?.[0] ?? 'nobody' }
  }

  /** It has one lock more and asks for the next. */
  #granted(job: string): void {
    const asking = this.#jobs.get(job)
    if (asking === undefined) return
    const lock = asking.locks[++asking.held]
    if (lock === undefined) return
    const queue = this.#queues.get(lock) ?? []
    this.#queues.set(lock, queue)
    queue.push(job)
    if (queue[0] === job) this.#granted(job)
  }
}
