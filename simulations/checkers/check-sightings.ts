import type { Sighting } from '../cluster/simulated-process.ts'
import type { AgentEntry } from './agents/agent-history.ts'
import type { Evidence, Violation } from './evidence.ts'
import { everWritten } from './journal-ages.ts'
import { revisionsIn } from './names-in-record.ts'

/**
 * Promises 2 and 4: whatever a process sees is one revision as a whole, one that its policy allowed it by then, and
 * goes backward only where its agent said so.
 */
export function checkSightings(evidence: Evidence): Violation[] {
  return [...checkWholeness(evidence), ...checkAllowed(evidence), ...checkOrder(evidence)]
}

/** A revision has one content, everywhere; and two keys that are written together are read together. */
function checkWholeness({ sightings, restores }: Evidence): Violation[] {
  const contents = new Map<string, string>()
  // A number that was given out in records that are lost may be given out again: the digest tells the two apart.
  const forgotten = new Set(restores.flatMap(({ lost }) => lost.flatMap(revisionsIn)))
  return sightings.flatMap(sighting => {
    const { group, revision, activation, digest, values } = sighting.snapshot
    if (activation === 0) return []
    const violations: Violation[] = []
    if (values['left'] !== values['right'])
      violations.push({
        promise: 2,
        what: `${told(sighting)}: ${String(values['left'])} and ${String(values['right'])}`,
      })
    const sorted = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const content = `${digest} ${JSON.stringify(sorted)}`
    const name = `${group}@${revision}`
    const key = forgotten.has(name) ? `${name} ${digest}` : name
    const known = contents.get(key) ?? content
    contents.set(key, known)
    if (known !== content)
      violations.push({ promise: 2, what: `${told(sighting)}: another saw another content in it` })
    return violations
  })
}

/** Under `strong` nobody runs what is not committed; under any policy, nobody what no rollout was begun for. */
function checkAllowed({ topology, sightings, ...evidence }: Evidence): Violation[] {
  const sinceMs = new Map<string, number>()
  const strong = new Set(
    topology.groups.filter(({ policy }) => policy.uses === 'strong').map(({ name }) => name),
  )
  for (const { atMs, outputs } of everWritten(evidence)) {
    for (const { type, data } of outputs) {
      const group = String(data['group'])
      const opens = type === 'group.committed' || (type === 'rollout.started' && !strong.has(group))
      const revision = `${group}@${String(data['revision'])}`
      if (opens && !sinceMs.has(revision)) sinceMs.set(revision, atMs)
    }
  }
  return sightings.flatMap(sighting => {
    const { group, revision, activation } = sighting.snapshot
    if (activation === 0 || revision === 0) return []
    const allowedMs = sinceMs.get(`${group}@${revision}`)
    if (allowedMs !== undefined && allowedMs <= sighting.atMs) return []
    return [
      {
        promise: 2,
        what: `${told(sighting)}, which its policy ${allowedMs === undefined ? 'never' : 'only later'} allowed`,
      },
    ]
  })
}

function checkOrder({ sightings, fallbacks, rebuilt, agents, ...evidence }: Evidence): Violation[] {
  const announced: Pick<Evidence['fallbacks'][number], 'node' | 'group' | 'activation'>[] = [...fallbacks]
  for (const { inputs } of everWritten(evidence))
    for (const { route, body } of inputs)
      if (route === 'report')
        for (const { fallback, group, activation } of body['groups'] as unknown as readonly Report[])
          if (fallback !== null) announced.push({ node: String(body['node']), group, activation })
  // A process may miss activations: a step back that was told of in between is the one that it now sees.
  const isAnnounced = ({ node, snapshot }: Sighting, since: number): boolean =>
    announced.some(
      one =>
        one.node === node &&
        one.group === snapshot.group &&
        one.activation > since &&
        one.activation <= snapshot.activation,
    )
  // In the timeline of a restore a node may belong again to a group that was deleted, or that it had left.
  const left = evidence.restores.length === 0 ? [] : agents.filter(isLeaving)
  const hasLeft = ({ node, atMs, snapshot }: Sighting, sinceMs: number): boolean =>
    left.some(
      one =>
        one.agent.node === node &&
        one.note.group === snapshot.group &&
        one.atMs > sinceMs &&
        one.atMs <= atMs,
    )
  const last = new Map<string, Seen>()
  // A machine with an empty disk begins to count anew.
  const livesOf = ({ node, atMs }: Sighting): number =>
    rebuilt.filter(one => one.node === node && one.atMs <= atMs).length
  return sightings.flatMap(sighting => {
    const { node, process, snapshot, atMs } = sighting
    const { revision, activation } = snapshot
    if (activation === 0) return []
    const violations: Violation[] = []
    const before = last.get(`${node} ${livesOf(sighting)} ${process}`) ?? {
      revision: 0,
      activation: 0,
      atMs: 0,
    }
    last.set(`${node} ${livesOf(sighting)} ${process}`, { revision, activation, atMs })
    if (activation < before.activation)
      violations.push({ promise: 4, what: `${told(sighting)} after activation ${before.activation}` })
    if (activation === before.activation && revision !== before.revision)
      violations.push({ promise: 4, what: `${told(sighting)}, which was revision ${before.revision} before` })
    if (
      revision < before.revision &&
      !isAnnounced(sighting, before.activation) &&
      !hasLeft(sighting, before.atMs)
    )
      violations.push({
        promise: 4,
        what: `${told(sighting)} after revision ${before.revision}, unannounced`,
      })
    return violations
  })
}

interface Seen {
  readonly revision: number
  readonly activation: number
  readonly atMs: number
}

type Logged = Extract<AgentEntry, { readonly kind: 'logged' }>

function isLeaving(entry: AgentEntry): entry is Logged {
  return entry.kind === 'logged' && entry.note.cause === 'removed'
}

interface Report {
  readonly group: string
  readonly activation: number
  readonly fallback: object | null
}

function told({ atMs, node, process, snapshot }: Sighting): string {
  const { group, revision, activation } = snapshot
  return `${node}/${process} saw ${group}@${revision} (activation ${activation}) at ${(atMs / 1_000).toFixed(3)} s`
}
