import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type RehearsalSpec, SLOW_P99_MS_DEFAULT } from './rehearsal-spec.ts'

const NOT_THERE = '--reject and --slow cannot strike there'
/** Groups that one note names; the rest is counted. */
const GROUPS_NAMED_MAX = 10

/** What of a specification says who is struck, and how. */
type Struck = Pick<RehearsalSpec, 'topology' | 'rejectShare' | 'slowP99Ms'>

/**
 * Groups where processes cannot reject or be slow, for nobody reports any: there a change is applied as soon as it is
 * activated, whatever is asked for. A node that is away counts as one without.
 */
export function processNotes(spec: Struck): readonly string[] {
  const groups = processesOf(spec).filter(({ nodes, withProcesses }) => withProcesses < nodes)
  const empty = groups.filter(({ withProcesses }) => withProcesses === 0)
  const partial = isStruck(spec) ? groups.filter(({ withProcesses }) => withProcesses > 0) : []
  const partly = partial.map(
    ({ group, nodes, withProcesses }) => `${nodes - withProcesses} of ${nodes} nodes of ${group}`,
  )
  return [
    ...(empty.length === 0
      ? []
      : [`no process reports in ${listOf(empty.map(({ group }) => group))}: ${NOT_THERE}`]),
    ...(partly.length === 0 ? [] : [`no process reports on ${listOf(partly)}: ${NOT_THERE}`]),
  ]
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

function listOf(groups: readonly string[]): string {
  const more = groups.length - GROUPS_NAMED_MAX
  const shown = groups.slice(0, GROUPS_NAMED_MAX).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}
