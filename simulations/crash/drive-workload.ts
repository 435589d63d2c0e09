import { manifest, type CrashCluster } from './crash-cluster.ts'

/** The groups that the crash matrix works on: one for each policy. */
export const CRASH_GROUPS = [
  { name: 'web', uses: 'eventual', with: { applyTimeout: '20s', prepareTimeout: '20s' } },
  { name: 'ledger', uses: 'strong', with: { applyTimeout: '20s', prepareTimeout: '20s' } },
] as const

/**
 * A little of everything that a cluster does, once: single keys, two writes that race for a lock (so that one of them
 * waits and is compiled later), a manifest, a rollback, a change that every process rejects, and a delete. Every write
 * is sent until it is answered and its job followed to its end, whoever dies meanwhile.
 */
export async function driveWorkload({ control }: CrashCluster, generation: number): Promise<void> {
  const entries = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key-${index}`, generation]))
  const declared = manifest('ConfigSet', { path: '/ledger' }, { entries: { ...entries, generation } })
  await Promise.all([
    control.put('web/generation', generation),
    control.put('web/left', generation),
    control.run({ method: 'POST', path: '/api/v1/apply', body: declared }),
  ])
  await Promise.all([
    control.run({ method: 'POST', path: '/api/v1/groups/ledger/rollback', body: {} }),
    control.put('web/behave', 'reject'),
  ])
  await Promise.all([
    control.run({ method: 'DELETE', path: '/api/v1/config/web/behave' }),
    control.put('ledger/generation', generation),
  ])
}
