import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

type Data = Readonly<Record<string, CborValue>>

const LINES: Readonly<Record<string, (data: Data) => string>> = {
  'rollout.started': ({ group, revision, policy }) =>
    `begins to roll out revision ${text(revision)} of ${text(group)} by ${text(policy)}`,
  'rollout.paused': ({ group, reason }) => `pauses ${text(group)}: ${text(reason)}`,
  'rollout.undone': ({ group, revision, reason }) =>
    `takes revision ${text(revision)} of ${text(group)} back: ${text(reason)}`,
  'group.committed': ({ group, revision }) => `commits revision ${text(revision)} of ${text(group)}`,
  'subscription.rejected': ({ group, node, revision, reason }) =>
    `hears that ${text(node)} rejects revision ${text(revision)} of ${text(group)}: ${text(reason)}`,
  'node.liveness': ({ node, liveness }) => `counts ${text(node)} as ${text(liveness)}`,
  'job.ended': ({ state }) => `the change has ${text(state)}`,
}

/** What a person is told of an event of the journal; undefined for what they need not hear. */
export function storyLine(type: string, data: Data): string | undefined {
  return LINES[type]?.(data)
}

function text(value: CborValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
