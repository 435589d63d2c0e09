import type { Sighting } from '../cluster/simulated-process.ts'
import type { Evidence, Violation } from './evidence.ts'

/**
 * Promises 2 and 4: whatever a process sees is one revision as a whole, one that its policy allowed it by then, and
 * goes backward only where its agent said so.
 */
export function checkSightings(evidence: Evidence): Violation[] {
  return [...checkWholeness(evidence), ...checkAllowed(evidence), ...checkOrder(evidence)]
}

/** A revision has one content, everywhere; and two keys that are written together are read together. */
function checkWholeness({ sightings }: Evidence): Violation[] {
  const contents = new Map<string, string>()
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
    const known = contents.get(`${group}@${revision}`) ?? content
    contents.set(`${group}@${revision}`, known)
    if (known !== content)
      violations.push({ promise: 2, what: `${told(sighting)}: another saw another content in it` })
    return violations
  })
}

/** Under `strong` nobody runs what is not committed; under any policy, nobody what no rollout was begun for. */
function checkAllowed({ topology, records, sightings }: Evidence): Violation[] {
  const sinceMs = new Map<string, number>()
  const strong = new Set(
    topology.groups.filter(({ policy }) => policy.uses === 'strong').map(({ name }) => name),
  )
  for (const { atMs, outputs } of records) {
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

function checkOrder({ sightings, fallbacks, records, rebuilt }: Evidence): Violation[] {
  const announced: Pick<Evidence['fallbacks'][number], 'node' | 'group' | 'activation'>[] = [...fallbacks]
  for (const { inputs } of records)
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
  const last = new Map<string, { readonly revision: number; readonly activation: number }>()
  // A machine with an empty disk begins to count anew.
  const livesOf = ({ node, atMs }: Sighting): number =>
    rebuilt.filter(one => one.node === node && one.atMs <= atMs).length
  return sightings.flatMap(sighting => {
    const { node, process, snapshot } = sighting
    const { revision, activation } = snapshot
    if (activation === 0) return []
    const violations: Violation[] = []
    const before = last.get(`${node} ${livesOf(sighting)} ${process}`) ?? { revision: 0, activation: 0 }
    last.set(`${node} ${livesOf(sighting)} ${process}`, { revision, activation })
    if (activation < before.activation)
      violations.push({ promise: 4, what: `${told(sighting)} after activation ${before.activation}` })
    if (activation === before.activation && revision !== before.revision)
      violations.push({ promise: 4, what: `${told(sighting)}, which was revision ${before.revision} before` })
    if (revision < before.revision && !isAnnounced(sighting, before.activation))
      violations.push({
        promise: 4,
        what: `${told(sighting)} after revision ${before.revision}, unannounced`,
      })
    return violations
  })
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
