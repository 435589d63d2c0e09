/** How soon after an activation a death counts against it. */
export const BOOT_LOOP_WINDOW_MS = 30_000
/** How many instances of one process must die for the revision to be blamed. */
export const BOOT_LOOP_DEATHS = 3

/** Deaths since the last activation that central asked for; null when none may be blamed (a restart, a fallback). */
export interface BootLoopGuard {
  readonly activatedAtMs: number
  /** Instances that died, by process. */
  readonly dead: ReadonlyMap<string, ReadonlySet<string>>
}

export function guardFrom(activatedAtMs: number): BootLoopGuard {
  return { activatedAtMs, dead: new Map() }
}

/** One instance died: it ended abnormally, or broke off without `bye`. */
export function withDeath(
  guard: BootLoopGuard,
  process: string,
  instance: string,
  nowMs: number,
): BootLoopGuard {
  if (nowMs - guard.activatedAtMs > BOOT_LOOP_WINDOW_MS) return guard
  const instances = guard.dead.get(process) ?? new Set()
  // Past the number that trips the guard there is nothing to count: this keeps it bounded.
  if (instances.size >= BOOT_LOOP_DEATHS) return guard
  return { ...guard, dead: new Map(guard.dead).set(process, new Set(instances).add(instance)) }
}

/** The same instance is back: its connection broke, it did not die. */
export function withReturn(guard: BootLoopGuard, process: string, instance: string): BootLoopGuard {
  const instances = guard.dead.get(process)
  if (instances === undefined || !instances.has(instance)) return guard
  const rest = new Set(instances)
  rest.delete(instance)
  return { ...guard, dead: new Map(guard.dead).set(process, rest) }
}

/** The process that dies again and again, if one does. */
export function loopingProcess(guard: BootLoopGuard): string | undefined {
  for (const [process, instances] of guard.dead) if (instances.size >= BOOT_LOOP_DEATHS) return process
  return undefined
}
