import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupOutcome, GroupView, JobState, JobView } from '../engine/views.ts'
import { nodeClock } from '../ports/node/node-clock.ts'
import type { Client } from './client/client.ts'
import { jobColumns } from './output/columns.ts'
import { oneOf } from './output/print.ts'
import type { Session } from './session.ts'

const POLL_MS = 200
const BAR_WIDTH = 24
const ENDED: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled'])

/**
 * Follows a job to its end, with a bar where a person watches and a line for each change elsewhere, prints it, and
 * throws `KONOR_CLI_JOB_FAILED` when it did not succeed (unless any end is `fine`, as after an abort),
 * `KONOR_CLI_TIMED_OUT` when it took too long.
 */
export async function followJob(
  session: Session,
  client: Client,
  accepted: JobView,
  fine: 'success' | 'any-end' = 'success',
): Promise<void> {
  const { io } = session
  const deadlineMs = nodeClock.monotonicMs() + session.followTimeoutMs
  let job = accepted
  let told = ''
  while (!ENDED.has(job.state)) {
    if (nodeClock.monotonicMs() > deadlineMs) {
      io.progress(undefined)
      throw new KonorError('KONOR_CLI_TIMED_OUT', `job ${job.id} is still ${job.state}; it goes on by itself`)
    }
    const line = await progressLine(client, job, io.watched)
    if (io.watched) io.progress(line)
    else if (line !== told) io.note(line)
    told = line
    await sleep(POLL_MS)
    job = await client.get<JobView>(`/api/v1/jobs/${encodeURIComponent(job.id)}`)
  }
  io.progress(undefined)
  await session.print(oneOf(job, jobColumns, `job/${job.id}`))
  if (job.state === 'succeeded' || fine === 'any-end') return
  const bad = job.groups.filter(isBad).map(outcome => ({ message: outcomeText(outcome) }))
  // The reason of a job sums up what its groups say one by one.
  const reason = bad.length === 0 ? because(job.reason) : ''
  throw new KonorError('KONOR_CLI_JOB_FAILED', `job ${job.id} ended ${job.state}${reason}`, { errors: bad })
}

/** What a write answers: the job alone, or its end when the caller waits. */
export async function finishWrite(
  session: Session,
  client: Client,
  job: JobView,
  options: { readonly wait?: boolean },
  fine: 'success' | 'any-end' = 'success',
): Promise<void> {
  if (options.wait === true) return followJob(session, client, job, fine)
  await session.print(oneOf(job, jobColumns, `job/${job.id}`))
  session.io.note(`accepted and durable; follow it with: konor wait job/${job.id} --for=succeeded`)
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise(resolve => nodeClock.startTimer(delayMs, resolve))
}

async function progressLine(client: Client, job: JobView, withBar: boolean): Promise<string> {
  const open = job.groups.filter(({ outcome }) => outcome === 'pending')
  const groups = await Promise.all(open.map(({ group }) => groupProgress(client, group, withBar)))
  const done = job.groups.filter(({ outcome }) => outcome !== 'pending').map(outcomeText)
  return [`job ${job.id} ${job.state}${because(job.reason)}`, ...done, ...groups].join('  ')
}

async function groupProgress(client: Client, name: string, withBar: boolean): Promise<string> {
  const group = await client.get<GroupView>(`/api/v1/groups/${encodeURIComponent(name)}`)
  const { counts, rollout } = group
  const what = rollout === undefined ? group.state : `r${rollout.revision} ${rollout.phase}`
  // While something rolls its own counters tell; what is committed has been applied before.
  const applied = rollout?.counts['applied'] ?? counts.applied
  const share = counts.nodes === 0 ? 0 : applied / counts.nodes
  const filled = Math.round(share * BAR_WIDTH)
  const bar = withBar ? ` [${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]` : ''
  return `${name} ${what}${bar} ${applied}/${counts.nodes} applied`
}

function isBad({ outcome }: GroupOutcome): boolean {
  return outcome !== 'committed' && outcome !== 'unchanged'
}

function outcomeText({ group, revision, outcome, reason }: GroupOutcome): string {
  return `${group}${revision === null ? '' : ` r${revision}`} ${outcome}${because(reason)}`
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`
}
