import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupView } from '../engine/views.ts'
import { nodeClock } from '../ports/node/node-clock.ts'
import type { Client } from './client/client.ts'
import { sleep } from './follow-job.ts'
import { groupColumns } from './output/columns.ts'
import { heldText } from './output/held-text.ts'
import { oneOf } from './output/print.ts'
import type { Session } from './session.ts'

const POLL_MS = 200

/**
 * Follows a group until nothing rolls, prints it, and throws `KONOR_CLI_ROLLOUT_FAILED` when what rolled was not
 * committed or the group ended degraded. A group that was steady all along is simply printed.
 */
export async function followRollout(
  session: Pick<Session, 'io' | 'followTimeoutMs' | 'print'>,
  client: Pick<Client, 'get'>,
  name: string,
  follow: boolean,
): Promise<void> {
  const { io } = session
  const route = `/api/v1/groups/${encodeURIComponent(name)}`
  const deadlineMs = nodeClock.monotonicMs() + session.followTimeoutMs
  let group = await client.get<GroupView>(route)
  let rolled = group.rollout?.revision
  let told = ''
  while (follow && isMoving(group)) {
    if (nodeClock.monotonicMs() > deadlineMs) {
      io.progress(undefined)
      throw new KonorError('KONOR_CLI_TIMED_OUT', `group ${name} is still ${group.state}${hintOf(group)}`)
    }
    const line = lineOf(group)
    if (io.watched) io.progress(line)
    else if (line !== told) io.note(line)
    told = line
    await sleep(POLL_MS)
    group = await client.get<GroupView>(route)
    rolled = group.rollout?.revision ?? rolled
  }
  io.progress(undefined)
  await session.print(oneOf(group, groupColumns, `group/${name}`))
  for (const held of group.held) io.note(heldText(held))
  const isBehind = follow && rolled !== undefined && (group.committed?.revision ?? 0) !== rolled
  if (group.state !== 'degraded' && !isBehind) return
  const why = group.reason === undefined ? '' : `: ${group.reason}`
  const what = isBehind ? `revision ${rolled} was not committed` : 'the group is degraded'
  throw new KonorError('KONOR_CLI_ROLLOUT_FAILED', `${name}: ${what}${why}`)
}

function isMoving({ state }: GroupView): boolean {
  return state === 'rolling' || state === 'paused'
}

function lineOf({ name, state, rollout, counts, reason }: GroupView): string {
  const what = rollout === undefined ? '' : ` r${rollout.revision} ${rollout.phase}`
  const why = rollout?.reason ?? reason
  // While something rolls its own counters tell; what is committed has been applied before.
  const applied = rollout?.counts['applied'] ?? counts.applied
  const because = why === undefined ? '' : ` (${why})`
  return `${name} ${state}${what} ${applied}/${counts.nodes} applied${because}${hintOf({ name, state })}`
}

/** A paused rollout waits for a person, who may be the one that looks. */
function hintOf({ name, state }: Pick<GroupView, 'name' | 'state'>): string {
  return state === 'paused' ? `; go on with: konor rollout resume ${name}, or abort` : ''
}
