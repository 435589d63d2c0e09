import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupView, JobView, NodeView } from '../engine/views.ts'

/** Whether a condition holds, may still come to hold, or never will. */
export type Verdict = 'holds' | 'not-yet' | 'never'

/** Judges what was read; undefined when there is no such thing. */
export type Condition = (view: unknown) => Verdict

const JOB_STATES = ['accepted', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled', 'ended']
const JOB_ENDS = ['succeeded', 'failed', 'cancelled']
const GROUP_STATES = ['steady', 'rolling', 'paused', 'degraded']
const NODE_LIFECYCLES = ['joining', 'syncing', 'operating', 'reacting', 'draining', 'left']
const NODE_LIVENESS = ['alive', 'suspect', 'offline']

/** The condition that `--for` names for a kind, or `KONOR_CLI_USAGE` with those that there are. */
export function conditionOf(kind: string, wanted: string): Condition {
  // `state=steady` and `condition=succeeded` say the same as the state alone.
  const text = wanted.replace(/^(condition|state|lifecycle|liveness)=/, '')
  if (text === 'exists') return view => (view === undefined ? 'not-yet' : 'holds')
  if (text === 'deleted') return view => (view === undefined ? 'holds' : 'not-yet')
  const own = OF_KIND[kind]?.(text)
  if (own !== undefined) return view => (view === undefined ? 'not-yet' : own(view))
  const known = [...(KNOWN[kind] ?? []), 'exists', 'deleted'].join(', ')
  throw new KonorError('KONOR_CLI_USAGE', `--for=${text}: a ${kind} can be ${known}`)
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  job: JOB_STATES,
  group: [...GROUP_STATES, 'committed', 'applied', 'revision=N'],
  node: [...NODE_LIFECYCLES, ...NODE_LIVENESS],
}

const OF_KIND: Readonly<Record<string, (text: string) => Condition | undefined>> = {
  job: text => (JOB_STATES.includes(text) ? view => jobVerdict((view as JobView).state, text) : undefined),
  group(text) {
    const revision = /^revision=(\d{1,15})$/.exec(text)?.[1]
    if (revision !== undefined)
      return view => yes(((view as GroupView).committed?.revision ?? 0) >= Number(revision))
    if (text === 'committed') return view => yes((view as GroupView).committed !== null)
    if (text === 'applied') return view => yes(isApplied(view as GroupView))
    return GROUP_STATES.includes(text) ? view => yes((view as GroupView).state === text) : undefined
  },
  node(text) {
    if (NODE_LIVENESS.includes(text)) return view => yes((view as NodeView).liveness === text)
    return NODE_LIFECYCLES.includes(text) ? view => yes((view as NodeView).lifecycle === text) : undefined
  },
}

/** Every node of the group has applied what is committed, and there is one. */
function isApplied({ committed, counts }: GroupView): boolean {
  return committed !== null && counts.nodes > 0 && counts.applied === counts.nodes
}

function jobVerdict(state: string, wanted: string): Verdict {
  const hasEnded = JOB_ENDS.includes(state)
  if (state === wanted || (wanted === 'ended' && hasEnded)) return 'holds'
  return hasEnded ? 'never' : 'not-yet'
}

function yes(holds: boolean): Verdict {
  return holds ? 'holds' : 'not-yet'
}
