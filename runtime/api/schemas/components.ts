import { analyticsComponents } from './analytics-components.ts'
import {
  anyValue,
  array,
  boolean,
  digest,
  integer,
  mapOf,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  text,
  time,
} from './schema.ts'

const liveness = oneOf('alive', 'suspect', 'offline', 'left')
const index = text('TIMELINE-SEQ')
const pin = object({ version: integer, digest })
const codedError = object({ code: text(), message: text() })
const entryDiff = object(
  { key: text(), op: oneOf('added', 'changed', 'removed') },
  { before: anyValue, after: anyValue, from: text('the path whose value is effective after the change') },
)

const step = object(
  {
    id: text(),
    kind: text(),
    target: text('an actor address'),
    state: oneOf('pending', 'running', 'paused', 'succeeded', 'failed', 'cancelled'),
    attempts: integer,
  },
  { nextAt: time, error: codedError },
)

const groupOutcome = object(
  {
    group: text(),
    revision: nullable(integer),
    outcome: oneOf('pending', 'committed', 'rolled-back', 'aborted', 'unchanged', 'failed'),
  },
  { reason: text() },
)

const job = object(
  {
    id: text(),
    kind: text(),
    state: oneOf('accepted', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'),
    plan: object({ digest: nullable(digest), steps: array(step) }),
    groups: array(groupOutcome),
    createdAt: time,
    by: text('who asked: `key/ID` or `system`'),
    index,
  },
  { reason: text(), supersededBy: text('a job'), finishedAt: time, traceId: text('W3C trace id') },
)

const problem = object(
  {
    type: { type: 'string', format: 'uri-reference', description: 'the page that documents the code' },
    title: text(),
    status: integer,
    detail: text(),
    instance: text(),
    code: text('KONOR_AREA_WHAT'),
    retryable: boolean,
    traceId: text('W3C trace id'),
    errors: array(
      object({ message: text() }, { pointer: text('JSON pointer'), file: text(), line: integer }),
    ),
  },
  { details: mapOf(anyValue) },
)

const revision = object(
  { revision: integer, digest, at: time, pins: mapOf(pin) },
  { outcome: text(), kind: text(), job: text(), by: text() },
)

const rollout = object(
  {
    revision: integer,
    state: text(),
    policy: text(),
    phase: text(),
    job: text(),
    counts: mapOf(integer),
    startedAt: time,
  },
  { reason: text(), deadlineAt: time },
)

const group = object(
  {
    name: text(),
    sets: array(text()),
    policy: text(),
    labels: mapOf(text()),
    state: oneOf('steady', 'rolling', 'paused', 'degraded'),
    committed: nullable(ref('Revision')),
    held: array(object({ path: text(), pinned: nullable(integer), head: integer })),
    counts: object({ nodes: integer, live: integer, applied: integer }),
  },
  { reason: text(), candidate: ref('Revision'), previous: ref('Revision'), rollout: ref('Rollout') },
)

const groupNode = object(
  {
    node: text(),
    liveness,
    staged: nullable(integer),
    active: nullable(integer),
    digest: nullable(digest),
    activation: integer,
    stale: boolean,
    since: time,
  },
  {
    progress: object({ revision: integer, phase: text() }, { reason: text() }),
    fallback: object({ from: integer, reason: text() }),
  },
)

const node = object({
  name: text(),
  id: text(),
  lifecycle: oneOf('joining', 'syncing', 'operating', 'reacting', 'draining', 'left'),
  liveness,
  since: time,
  labels: mapOf(text()),
  platform: mapOf(text()),
  groups: array(
    object({
      group: text(),
      staged: nullable(integer),
      active: nullable(integer),
      digest: nullable(digest),
      stale: boolean,
    }),
  ),
})

const gossipStatus = oneOf('alive', 'suspect', 'dead', 'left')

const gossip = object({
  preset: oneOf('lan', 'safe', 'fast', 'wan'),
  address: text('IP:PORT of central'),
  member: text('the id of central as a member'),
  localHealth: integer,
  detectionBoundMs: integer,
  keys: object(
    {
      generation: integer,
      phase: oneOf('settled', 'installing', 'using', 'removing'),
      primary: text('the id of a key'),
      ids: array(text()),
      waitingFor: array(text('a node')),
      waitingForCount: integer,
      owed: boolean,
    },
    { since: time },
  ),
  counts: object({ alive: integer, suspect: integer, dead: integer, left: integer, foreign: integer }),
  members: array(
    object(
      { node: nullable(text()), member: text(), address: text(), status: gossipStatus },
      { roundTripMs: { type: 'number' } },
    ),
  ),
  membersMore: integer,
})

const token = object({
  id: text(),
  group: text(),
  state: oneOf('active', 'exhausted', 'revoked', 'expired'),
  uses: integer,
  used: integer,
  expiresAt: time,
  createdAt: time,
  by: text(),
})

const audit = object(
  {
    id: text('TIMELINE-SEQ.K'),
    at: time,
    actor: text(),
    action: text(),
    resource: text(),
    outcome: oneOf('accepted', 'refused'),
    detail: mapOf(anyValue),
  },
  { code: text(), traceId: text() },
)

const actor = {
  address: text('KIND/NAME'),
  kind: text(),
  state: text('as people read it: `rolling.paused`'),
  machine: text('the chart and version it was born with'),
  ended: boolean,
  changedSeq: integer,
}

const actorDetail = object({
  ...actor,
  value: anyValue,
  context: anyValue,
  timers: array(object({ id: text(), dueMs: { type: 'number' }, event: text() })),
  index,
  chart: anyValue,
})

const entriesDiff = array(entryDiff)

const rehearsal = object(
  {
    id: text(),
    state: oneOf('running', 'done', 'cancelled', 'failed'),
    by: text(),
    createdAt: time,
    wanted: integer,
    runs: integer,
    ends: mapOf(integer),
    notes: array(text('what of the cluster is not as the rehearsal takes it to be')),
  },
  { finishedAt: time, report: anyValue, error: object({ code: text(), message: text() }) },
)

/** Every shape that an answer may have, by the name it has in the OpenAPI document. */
export const components: Readonly<Record<string, Schema>> = {
  Actor: object({ ...actor, timers: integer }),
  ActorDetail: actorDetail,
  Audit: audit,
  ConfigSet: object({ path: text(), version: integer, keys: integer }),
  Diff: object({
    changed: boolean,
    groups: array(object({ group: text(), changes: entriesDiff })),
    sets: array(object({ path: text(), changes: entriesDiff })),
  }),
  Effective: object({
    group: text(),
    revision: nullable(integer),
    digest: nullable(digest),
    entries: mapOf(anyValue),
    from: mapOf(text('the path whose value won')),
  }),
  Event: object({
    id: text('TIMELINE-SEQ.K'),
    type: text(),
    at: time,
    address: text(),
    data: mapOf(anyValue),
  }),
  Gossip: gossip,
  Group: group,
  GroupNode: groupNode,
  Health: object({
    ready: boolean,
    checks: array(object({ name: text(), ok: boolean, detail: text() })),
    cluster: text(),
    timeline: integer,
    epoch: integer,
    version: text(),
  }),
  History: object({
    path: text(),
    version: integer,
    digest,
    keys: integer,
    sizeBytes: integer,
    deleted: boolean,
    at: time,
    by: text(),
    job: text(),
  }),
  Job: job,
  Key: object({ path: text(), key: text(), value: anyValue, version: integer, updatedAt: time, by: text() }),
  Node: node,
  Path: object({
    path: text(),
    version: integer,
    labels: mapOf(text()),
    updatedAt: time,
    by: text(),
    items: array(object({ key: text(), value: anyValue })),
    next: nullable(text('cursor of the next page')),
  }),
  Plan: object({ digest, plan: anyValue }),
  Policy: object({
    name: text(),
    uses: text(),
    with: mapOf(anyValue),
    digest,
    machine: anyValue,
    builtIn: boolean,
  }),
  Problem: problem,
  Rehearsal: rehearsal,
  Revision: revision,
  Rollout: rollout,
  Token: token,
  ...analyticsComponents,
}

/** A page of a list: `{ items, next }`. */
export function pageOf(component: string): Schema {
  return object({ items: array(ref(component)), next: nullable(text('cursor of the next page')) })
}
