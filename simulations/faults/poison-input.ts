import type { ConfigSetContext } from '../../actors/configset/chart.ts'
import type { JobContext } from '../../actors/job/context.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { contextOf, isDone } from '../../runtime/kernel/actor-record.ts'
import type { Cluster } from '../cluster/cluster.ts'

/** The action by which a poisonous input is known in the journal. */
export const POISON = 'test.poison'

const NOTHING_ELSE = {
  by: 'nobody',
  trace: null,
  relayered: [],
  groups: [],
  planDigest: null,
  onFailure: 'keep',
  locks: [],
  plan: null,
}

/**
 * Submits a declaration that makes one path twice, which no dispatcher would send: the fold faults when the path is
 * there, and must leave everything as it was. Undefined while nothing is there to be harmed.
 */
export function givePoison({ central, world }: Cluster, which: number): (() => void) | undefined {
  const leader = central.composed?.leader
  const jobs = leader?.view.list('job').filter(record => !isDone(record)) ?? []
  const sets = leader?.view.list('configset').filter(record => !isDone(record)) ?? []
  const [job, set] = [jobs[Math.floor(which * jobs.length)], sets[Math.floor(which * sets.length)]]
  if (leader === undefined || job === undefined || set === undefined) return undefined
  const { version: _, deleted: __, ...declare } = contextOf<ConfigSetContext>(set).head
  const path = `/poison/${leader.position.seq}`
  const { kind } = contextOf<JobContext>(job)
  const id = `poison-${leader.position.seq}`
  const body = {
    job: { id, kind, touched: [path], ...NOTHING_ELSE },
    sets: [
      { path, base: 0, declare },
      { path, base: 0, declare },
    ],
    groups: [],
    policies: [],
    retry: [],
    idempotency: null,
    action: POISON,
  }
  const input = { route: 'declare', by: 'system', scopes: ['admin'], body: body as unknown as CborValue }
  leader
    .submit(() => ({ input }))
    .then(
      () => world.tell('world', 'the poison was taken'),
      (error: unknown) => world.tell('world', `the poison was refused: ${String(error)}`),
    )
  return () => {}
}
