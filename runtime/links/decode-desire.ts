import type { Candidate, Desire } from '../../actors/vocabulary/desire.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { LINK_BLOB_BYTES_MAX } from './message-bounds.ts'
import type { MessageFields } from './message-fields.ts'

/** Reads what central wants of one group; an agent stakes its disk on it, so every field is held to its bound. */
export function decodeDesire(fields: MessageFields): Desire {
  return {
    group: fields.name('group'),
    timeline: fields.integer('timeline'),
    epoch: fields.integer('epoch'),
    committed: fields.nullable('committed', name => fields.map(name, decodeGeneration)),
    candidate: fields.nullable('candidate', name => fields.map(name, decodeCandidate)),
    ...(fields.has('applyTimeoutMs') ? { applyTimeoutMs: fields.integer('applyTimeoutMs') } : {}),
    retry: fields.integer('retry'),
    removed: fields.boolean('removed'),
  }
}

function decodeGeneration(fields: MessageFields): Generation {
  return {
    revision: fields.integer('revision', 1),
    digest: fields.digest('digest'),
    sizeBytes: fields.integer('sizeBytes', 0, LINK_BLOB_BYTES_MAX),
  }
}

function decodeCandidate(fields: MessageFields): Candidate {
  return {
    ...decodeGeneration(fields),
    activate: fields.boolean('activate'),
    prepareTimeoutMs: fields.integer('prepareTimeoutMs'),
    applyTimeoutMs: fields.integer('applyTimeoutMs'),
  }
}
