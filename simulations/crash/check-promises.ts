import assert from 'node:assert/strict'
import type { AuditView, JobView, RevisionView } from '../../runtime/engine/views.ts'
import type { CrashCluster, Reader } from './crash-cluster.ts'

/**
 * Asks from outside whether a cluster that was hurt kept its promises: no accepted job is lost, a repeated request is
 * the same job, each change has one audit entry, and no process saw anything go backward unannounced.
 */
export async function checkPromises(cluster: CrashCluster): Promise<void> {
  await checkJobs(cluster)
  await checkRepetition(cluster)
  await checkAudit(cluster)
  await checkSightings(cluster)
}

/** Everything that was answered 202 is there and ended, and nothing else is there. */
async function checkJobs({ control }: CrashCluster): Promise<void> {
  const jobs = new Map((await control.all<JobView>('/api/v1/jobs')).map(job => [job.id, job]))
  for (const { job: id, request } of control.accepted) {
    const job = jobs.get(id)
    assert(job !== undefined, `the accepted job ${id} (${request.method} ${request.path}) is gone`)
    const hasReason = job.state === 'paused' && job.reason !== undefined
    const hasEnded = ['succeeded', 'failed', 'cancelled'].includes(job.state)
    assert(hasEnded || hasReason, `job ${id} neither ended nor says why: ${JSON.stringify(job)}`)
    jobs.delete(id)
  }
  assert.deepEqual([...jobs.keys()], [], 'jobs that nobody was promised')
}

/** The newest writes, sent once more under their keys, are still the same jobs. */
async function checkRepetition({ control }: CrashCluster): Promise<void> {
  for (const accepted of control.accepted.slice(-7)) {
    const { method, path } = accepted.request
    assert.equal(
      await control.repeat(accepted),
      accepted.job,
      `${method} ${path} became another job when repeated`,
    )
  }
}

/** One entry for each accepted job, never two. */
async function checkAudit({ control }: CrashCluster): Promise<void> {
  const entries = await control.all<AuditView>('/api/v1/audit')
  const count = new Map<string, number>()
  for (const { outcome, detail } of entries) {
    if (outcome !== 'accepted' || typeof detail['job'] !== 'string') continue
    count.set(detail['job'], (count.get(detail['job']) ?? 0) + 1)
  }
  for (const { job } of control.accepted) assert.equal(count.get(job), 1, `audit entries of job ${job}`)
}

/** A revision as the group numbered it has one content, and a process goes back only where its agent said so. */
async function checkSightings(cluster: CrashCluster): Promise<void> {
  const digests = new Map<string, string>()
  for (const group of cluster.groups) {
    for (const { revision, digest } of await cluster.control.all<RevisionView>(
      `/api/v1/groups/${group}/revisions`,
    ))
      digests.set(`${group}@${revision}`, digest)
  }
  for (const reader of cluster.readers) checkReader(cluster, reader, digests)
}

function checkReader(cluster: CrashCluster, reader: Reader, digests: Map<string, string>): void {
  const last = new Map<string, { readonly revision: number; readonly activation: number }>()
  for (const sighting of cluster.sightingsOf(reader)) {
    const { instance, group, revision, activation, digest } = sighting
    if (activation === 0) continue
    const told = `${instance} saw ${JSON.stringify(sighting)}`
    const known = digests.get(`${group}@${revision}`) ?? digest
    assert.equal(digest, known, `${told}, which is not what revision ${revision} holds`)
    digests.set(`${group}@${revision}`, digest)
    const before = last.get(group) ?? { revision: 0, activation: 0 }
    assert(activation >= before.activation, `${told} after activation ${before.activation}`)
    if (activation === before.activation) assert.equal(revision, before.revision, told)
    if (revision < before.revision)
      assert(
        isAnnounced(cluster, reader.node, group, activation),
        `${told} after ${before.revision}, unannounced`,
      )
    last.set(group, { revision, activation })
  }
}

/** Whether the agent of the node told that this activation is a step back, and why. */
function isAnnounced(cluster: CrashCluster, node: string, group: string, activation: number): boolean {
  return cluster.fallbacksOf(node).some(one => one.group === group && one.activation === activation)
}
