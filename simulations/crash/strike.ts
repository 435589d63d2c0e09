import type { Armed, Member } from './member.ts'

/** What came of an armed process. */
export interface Strike {
  readonly victim: Member
  readonly armed: Armed
  readonly struck: boolean
  /** Resolves when the process was killed where it stopped and runs again; rejects when it ended by itself. */
  readonly done: Promise<void>
  /** Gives up waiting: the process goes on as it is. */
  abandon(): void
}

const POINT_TIMEOUT_MS = 150_000

/**
 * Starts the victim anew with one point armed. It stops itself there; it is killed where it stands and started again
 * without the fault.
 */
export async function strike(victim: Member, armed: Armed): Promise<Strike> {
  const program = await victim.restart(armed)
  let struck = false
  let abandoned = false
  const line = new RegExp(`^KONOR_FAULT ${armed.point}$`, 'm')
  const reached = program.waitUntil(
    `stops at ${armed.point}:${armed.nth}`,
    () => abandoned || line.exec(program.stderr),
    {
      timeoutMs: POINT_TIMEOUT_MS,
    },
  )
  const done = reached.then(async () => {
    if (abandoned) return
    struck = true
    await victim.restart()
  })
  // Whoever awaits it hears of it; until then it is nobody's.
  done.catch(() => undefined)
  return {
    victim,
    armed,
    get struck() {
      return struck
    },
    done,
    abandon() {
      abandoned = true
    },
  }
}
