import { EventEmitter, once } from 'node:events'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Caller, Control, EntryChange, ResetView } from '../engine/control.ts'
import type { EventView, GroupView, HistoryView, JobState, JobView, Page, PathView } from '../engine/views.ts'

const AT = '2026-01-01T00:00:00.000Z'
export const GOOD_KEY = 'konor_test_key'

interface Version {
  readonly entries: Readonly<Record<string, Value>>
  readonly keyVersions: Readonly<Record<string, number>>
  readonly by: string
}
type Value = EntryChange['set'][string]

/**
 * A `Control` in memory for the tests of the surface: it really keeps versions, compares and sets, remembers
 * idempotency keys and resumes events; it has no rollouts and no durability. What a test does not need throws.
 */
export function createMemoryControl() {
  const sets = new Map<string, Version[]>()
  const jobs: JobView[] = []
  const events: EventView[] = []
  const remembered = new Map<string, { readonly digest: string; readonly job: JobView }>()
  const changed = new EventEmitter().setMaxListeners(0)
  const callers: Caller[] = []
  let seq = 0
  let frozen = false
  let compactedBelow = 0

  const publish = (type: string, address: string, data: EventView['data']): void => {
    seq++
    events.push({ id: `1-${seq}.0`, type, at: AT, address, data })
    changed.emit('change')
  }
  const putJob = (next: JobView): JobView => {
    const at = jobs.findIndex(({ id }) => id === next.id)
    if (at < 0) jobs.push(next)
    else jobs[at] = next
    publish('JOB_CHANGED', `job/${next.id}`, { state: next.state })
    return next
  }
  const accept = (kind: string, caller: Caller): JobView => {
    callers.push(caller)
    return putJob({
      id: `j${jobs.length + 1}`,
      kind,
      state: 'accepted',
      plan: { digest: null, steps: [] },
      groups: [],
      createdAt: AT,
      by: caller.principal,
      index: `1-${seq + 1}`,
    })
  }
  const onlyOnce = (caller: Caller, act: () => JobView): JobView => {
    const key = caller.idempotencyKey
    const before = key === undefined ? undefined : remembered.get(key)
    if (before !== undefined && before.digest !== caller.requestDigest)
      throw new KonorError('KONOR_CBOR_UNSUPPORTED', 'another body under the same key')
    if (before !== undefined) return before.job
    const job = act()
    if (key !== undefined) remembered.set(key, { digest: caller.requestDigest ?? '', job })
    return job
  }
  const headOf = (path: string, version?: number): { readonly view: PathView; readonly at: Version } => {
    const versions = sets.get(path)
    const number = version ?? versions?.length ?? 0
    const at = versions?.[number - 1]
    if (at === undefined) throw new KonorError('KONOR_API_NOT_FOUND', `no version ${number} of ${path}`)
    return { at, view: { path, version: number, labels: {}, entries: at.entries, updatedAt: AT, by: at.by } }
  }
  const page = <Item>(items: readonly Item[], limit: number, cursor = '0'): Page<Item> => {
    const start = Number(cursor)
    const end = start + limit
    return { items: items.slice(start, end), next: end < items.length ? String(end) : null }
  }
  const change = (change: EntryChange, caller: Caller): JobView => {
    const versions = sets.get(change.path) ?? []
    const head = versions.at(-1) ?? { entries: {}, keyVersions: {}, by: '' }
    const { ifMatch } = change
    const actual = ifMatch?.key === undefined ? versions.length : (head.keyVersions[ifMatch.key] ?? 0)
    if (ifMatch !== undefined && ifMatch.version !== actual)
      throw new KonorError('KONOR_API_NOT_FOUND', 'moved', { details: { expected: ifMatch.version, actual } })
    const kept = Object.entries(head.entries).filter(([key]) => !change.remove.includes(key))
    const entries = { ...Object.fromEntries(kept), ...change.set }
    const touched = Object.keys(change.set).map(key => [key, versions.length + 1] as const)
    const keyVersions = { ...head.keyVersions, ...Object.fromEntries(touched) }
    sets.set(change.path, [...versions, { entries, keyVersions, by: caller.principal }])
    return accept('change', caller)
  }

  const job = (id: string): JobView => {
    const found = jobs.find(candidate => candidate.id === id)
    if (found === undefined) throw new KonorError('KONOR_API_NOT_FOUND', `no job ${id}`)
    return found
  }
  const group = (name: string): GroupView => {
    if (name !== 'payments') throw new KonorError('KONOR_API_NOT_FOUND', `no group ${name}`)
    return steadyGroup(name)
  }

  const parts = {
    async apply(sources, _options, caller) {
      if (sources.some(({ text }) => text.trim() === ''))
        throw new KonorError('KONOR_API_INVALID_REQUEST', 'empty', {
          errors: [{ file: sources[0]?.file ?? '', line: 1, message: 'expected a document' }],
        })
      return onlyOnce(caller, () => accept('apply', caller))
    },
    plan: async sources => ({ digest: digestOf(sources.map(({ text }) => text)), plan: { steps: [] } }),
    diff: async () => ({ changed: false, groups: [], sets: [] }),
    changeEntries: async (wanted, caller) => onlyOnce(caller, () => change(wanted, caller)),
    async waitForJob(id, timeoutMs) {
      const deadline = AbortSignal.timeout(timeoutMs)
      try {
        while (!['succeeded', 'failed', 'cancelled'].includes(job(id).state))
          await once(changed, 'change', { signal: deadline })
      } catch {
        // Only the deadline aborts: the job is answered as it stands.
      }
      return job(id)
    },
    job,
    jobs: ({ limit, cursor }) => page(jobs, limit, cursor),
    async key(path, key, version) {
      const { view, at } = headOf(path, version)
      const value = view.entries[key]
      if (value === undefined) throw new KonorError('KONOR_API_NOT_FOUND', `no key ${key}`)
      return { path, key, value, version: at.keyVersions[key] ?? 0, updatedAt: AT, by: at.by }
    },
    path: async (path, version) => headOf(path, version).view,
    paths: (prefix, { limit, cursor }) =>
      page(
        [...sets].flatMap(([path, versions]) =>
          path.startsWith(prefix)
            ? [{ path, version: versions.length, keys: Object.keys(versions.at(-1)?.entries ?? {}).length }]
            : [],
        ),
        limit,
        cursor,
      ),
    history: (path, { limit, cursor }) =>
      page(
        (sets.get(path) ?? []).map((at, index): HistoryView => {
          const keys = Object.keys(at.entries).length
          const digest = digestOf(at.entries)
          return {
            path,
            version: index + 1,
            digest,
            keys,
            sizeBytes: 1,
            deleted: false,
            at: AT,
            by: at.by,
            job: 'j',
          }
        }),
        limit,
        cursor,
      ),
    groups: ({ limit, cursor }) => page([steadyGroup('payments')], limit, cursor),
    group,
    rollout: async (name, action, caller) => {
      group(name)
      return accept(`rollout-${action}`, caller)
    },
    rollback: async (_group, to, caller) => accept(`rollback-${to ?? 'previous'}`, caller),
    createToken: async (group, { uses = 1, expiresInMs = 1000 }) => ({
      id: `t-${group}`,
      token: `secret-${expiresInMs}`,
      uses,
      expiresAt: AT,
    }),
    freeze: async () => void (frozen = true),
    thaw: async () => void (frozen = false),
    frozen: () => frozen,
    index: () => `1-${seq}`,
    async waitForIndex(index, timeoutMs) {
      const deadline = AbortSignal.timeout(timeoutMs)
      while (Number(index.split('-')[1]) > seq) await once(changed, 'change', { signal: deadline })
    },
    async barrier() {
      publish('BARRIER', 'cluster/main', {})
      return `1-${seq}`
    },
    async *events(since, signal): AsyncGenerator<EventView | ResetView> {
      let next = since === undefined ? seq + 1 : Number(/-(\d+)/.exec(since)?.[1]) + 1
      if (since !== undefined && (!since.startsWith('1-') || next <= compactedBelow)) {
        yield { reset: true, id: `1-${seq}.0`, groups: [steadyGroup('payments')], nodes: [] }
        next = seq + 1
      }
      while (!signal.aborted) {
        const event = events[next - 1]
        if (event === undefined) await once(changed, 'change', { signal }).catch(() => undefined)
        else {
          next++
          yield event
        }
      }
    },
    authenticate: key => (key === GOOD_KEY ? { principal: 'key/test', scopes: ['admin'] } : undefined),
    health: () => ({
      ready: !frozen,
      checks: [{ name: 'journal', ok: !frozen, detail: frozen ? 'full' : 'writable' }],
      cluster: 'test',
      timeline: 1,
      epoch: 1,
      version: '0.0.0-test',
    }),
  } satisfies Partial<Control>

  return {
    control: parts as unknown as Control,
    callers,
    publish,
    finish: (id: string, state: JobState, reason?: string): JobView =>
      putJob({ ...job(id), state, ...(reason === undefined ? {} : { reason }), finishedAt: AT }),
    compact: (below: number): void => void (compactedBelow = below),
  }
}

export type MemoryControl = ReturnType<typeof createMemoryControl>

function steadyGroup(name: string): GroupView {
  return {
    name,
    sets: ['/teams/payments'],
    policy: 'strong',
    labels: {},
    state: 'steady',
    committed: null,
    held: [],
    counts: { nodes: 0, live: 0, applied: 0 },
  }
}
