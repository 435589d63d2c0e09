import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type RehearsalSpec, SLOW_P99_MS_DEFAULT } from './rehearsal-spec.ts'

/** What of a specification says who is struck, and how. */
type Struck = Pick<RehearsalSpec, 'topology' | 'rejectShare' | 'slowP99Ms'>

/**
 * Groups where processes cannot reject or be slow, for nobody reports any: there a change is applied as soon as it is
 * activated, whatever is asked for. A node that is away counts as one without.
 */
export function processNotes(spec: Struck): readonly string[] {
  return processesOf(spec).flatMap(({ group, nodes, withProcesses }) => {
    if (nodes === 0 || withProcesses === nodes) return []
    if (withProcesses === 0)
      return [`no process reports in ${group}: --reject and --slow cannot strike there`]
    if (!isStruck(spec)) return []
    const without = `${nodes - withProcesses} of ${nodes} nodes of ${group} report no process`
    return [`${without}: --reject and --slow cannot strike there`]
  })
}

/**
 * Throws `KONOR_REHEARSAL_NO_PROCESS` when processes are to reject or to be slow and there is none: such a rehearsal
 * would be green whatever the change is.
 */
export function refuseWithoutProcesses(spec: Struck): void {
  if (!isStruck(spec)) return
  const groups = processesOf(spec)
  if (groups.some(({ withProcesses }) => withProcesses > 0)) return
  const where = groups.length === 1 ? (groups[0]?.group ?? '') : `any of ${groups.length} groups`
  const message = `no process reports in ${where} on a node that is there: --reject and --slow would strike nobody`
  throw new KonorError('KONOR_REHEARSAL_NO_PROCESS', message)
}

function isStruck({ rejectShare, slowP99Ms }: Struck): boolean {
  return rejectShare > 0 || slowP99Ms !== SLOW_P99_MS_DEFAULT
}

function processesOf({ topology: { groups, nodes } }: Struck) {
  const present = nodes.filter(({ liveness }) => liveness === 'alive')
  return groups.map(({ name: group }) => {
    const counts = present.flatMap(({ groups: { [group]: processes } }) => processes ?? [])
    return { group, nodes: counts.length, withProcesses: counts.filter(count => count > 0).length }
  })
}
