import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Cluster } from '../cluster/cluster.ts'

/** What an operator chooses to lose. */
export type BackupFaultDetail =
  /** He stops central, restores a backup that was made before, and starts it there: what came since is gone. */
  { readonly kind: 'older-backup'; readonly agoMs: number; readonly forMs: number }

/** Every kind. */
export const BACKUP_FAULT_KINDS = ['older-backup'] as const satisfies readonly BackupFaultDetail['kind'][]

export type BackupFault = { readonly id: string; readonly atMs: number } & BackupFaultDetail

/** How long ago the backup was made, on average and at most. */
const AGO_MS_MEAN = 8_000
const AGO_MS_MAX = 40_000
const AWAY_MS_MEAN = 3_000

/** Restores that lose something, of one run; each from a stream of its own, as the others. */
export function drawBackupFaults(
  random: SeededRandom,
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): readonly BackupFault[] {
  return Array.from({ length: count }, (_, index): BackupFault => {
    const own = random.fork(`backup fault ${index}`)
    const around = (meanMs: number): number => Math.floor(-Math.log(1 - own.fraction()) * meanMs)
    const at = { id: `o${index + 1}`, atMs: own.integer(withinMs) }
    const agoMs = Math.min(AGO_MS_MAX, 500 + around(AGO_MS_MEAN))
    return { ...at, kind: 'older-backup', agoMs, forMs: 500 + around(AWAY_MS_MEAN) }
  })
}

/**
 * Lets it begin; the answer takes it back. No backup is older than the storm: that nodes joined at all is not lost.
 * Undefined where the journal is a log that several share.
 */
export function beginBackupFault(cluster: Cluster, { agoMs, atMs }: BackupFault): (() => void) | undefined {
  const { world } = cluster
  const { store, sharedLog, all, log } = cluster.central
  if (sharedLog !== undefined) return undefined
  const stormAtMs = world.nowMs - atMs
  const keptMs = Math.max(stormAtMs, world.nowMs - agoMs)
  all[0]?.program?.kill('exit')
  return () => {
    // Whoever started it meanwhile worked on a journal that goes as well.
    all[0]?.program?.kill('exit')
    log.forgetAfter(store.restoreOlder(world.nowMs, keptMs))
    cluster.start('central')
  }
}
