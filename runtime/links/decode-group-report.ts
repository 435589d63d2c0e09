import type { GroupReport, Progress } from '../../actors/vocabulary/report.ts'
import { LINK_REASON_LENGTH_MAX } from './message-bounds.ts'
import type { MessageFields } from './message-fields.ts'

const PHASES = ['staging', 'staged', 'activated', 'applied', 'rejected'] as const

/** Reads what an agent says of one group. It becomes a fact of the journal, so every field is held to its bound. */
export function decodeGroupReport(fields: MessageFields): GroupReport {
  return {
    group: fields.name('group'),
    active: fields.nullable('active', name => fields.integer(name, 1)),
    digest: fields.nullable('digest', name => fields.digest(name)),
    activation: fields.integer('activation'),
    progress: fields.nullable('progress', name => fields.map(name, decodeProgress)),
    fallback: fields.nullable('fallback', name => fields.map(name, decodeFallback)),
    processes: fields.integer('processes'),
  }
}

function decodeProgress(fields: MessageFields): Progress {
  return {
    revision: fields.integer('revision', 1),
    phase: fields.oneOf('phase', PHASES),
    ...(fields.has('reason') ? { reason: fields.text('reason', LINK_REASON_LENGTH_MAX) } : {}),
  }
}

function decodeFallback(fields: MessageFields): NonNullable<GroupReport['fallback']> {
  return { from: fields.integer('from', 1), reason: fields.text('reason', LINK_REASON_LENGTH_MAX) }
}
