import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { AuditFilter } from '../../engine/control.ts'
import type { PageRequest } from '../../engine/views.ts'
import type { Leader } from '../../engine/leader.ts'
import type { AuditView, Page } from '../../engine/views.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Output } from '../../kernel/input.ts'
import { AUDIT_OUTPUT } from './event-views.ts'
import { isoTime } from './iso-time.ts'
import { outputIdText } from './record-index.ts'
import { type FoundOutput, scanOutputs } from './scan-outputs.ts'

/**
 * `Control.audit`: the audit entries of the journal, newest first. Times are the wall clock's; since that may be set
 * back, an older record never ends the scan.
 */
export async function readAudit(
  sources: { readonly leader: Pick<Leader, 'position'>; readonly journal: Pick<Journal, 'read'> },
  page: PageRequest,
  filter: AuditFilter,
): Promise<Page<AuditView>> {
  const span = { fromMs: timeIn(filter.from, 'from') ?? 0, toMs: timeIn(filter.to, 'to') ?? Infinity }
  const { items, next } = await scanOutputs(sources, page, {
    record: ({ wallMs }) => wallMs >= span.fromMs && wallMs <= span.toMs,
    output: output => matches(output, filter),
  })
  return { items: items.map(auditView), next }
}

function matches({ type, data }: Output, { actor, action, resource }: AuditFilter): boolean {
  return (
    type === AUDIT_OUTPUT &&
    (actor === undefined || data['actor'] === actor) &&
    (action === undefined || data['action'] === action) &&
    (resource === undefined || String(data['resource']).startsWith(resource))
  )
}

function auditView({ id, wallMs, output }: FoundOutput): AuditView {
  const { actor, action, resource, outcome, code, trace, detail } = output.data
  return {
    id: outputIdText(id),
    at: isoTime(wallMs),
    actor: String(actor),
    action: String(action),
    resource: String(resource),
    outcome: outcome === 'refused' ? 'refused' : 'accepted',
    ...(code === undefined ? {} : { code: String(code) }),
    detail: detail as Readonly<Record<string, CborValue>>,
    ...(trace === undefined ? {} : { traceId: String(trace) }),
  }
}

function timeIn(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const wallMs = Date.parse(text)
  if (!Number.isNaN(wallMs)) return wallMs
  const problem = `\`${name}\` is not a time: ${JSON.stringify(text.slice(0, 64))}; give ISO 8601, as 2025-01-31T12:00:00Z`
  throw new KonorError('KONOR_ENGINE_INVALID', problem)
}
