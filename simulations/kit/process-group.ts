/** Process groups that are to die with this process, by the id of their leader. */
const groups = new Set<number>()
let watching = false

/**
 * Has the process group killed when this process ends in any way that it can notice: the end of the test run,
 * an uncaught exception, or SIGTERM, with which AVA ends a test file that takes too long. Returns how to
 * forget it.
 */
export function killAtEnd(groupId: number): () => void {
  watchEnd()
  groups.add(groupId)
  return () => {
    groups.delete(groupId)
  }
}

/** Kills a whole process group; one that is gone, or never was, is fine. */
export function killGroup(groupId: number): void {
  // 0 would name the group of this process itself.
  if (groupId === 0) return
  try {
    process.kill(-groupId, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function watchEnd(): void {
  if (watching) return
  watching = true
  process.once('exit', () => groups.forEach(killGroup))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      groups.forEach(killGroup)
      // The handler is gone by now: the second time, the signal does what it does by default.
      process.kill(process.pid, signal)
    })
  }
}
