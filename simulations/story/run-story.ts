import type { Evidence } from '../checkers/evidence.ts'
import { everWritten } from '../checkers/journal-ages.ts'
import type { Reaction, Sighting } from '../cluster/simulated-process.ts'
import type { StoryLine } from '../world/story.ts'
import { journalLines } from './journal-lines.ts'
import { nameJobs } from './name-jobs.ts'

/** What is told of a process that did not simply take a value. */
const BEHAVED: Readonly<Partial<Record<Reaction['behaviour'], string>>> = {
  reject: 'refused',
  hang: 'hung over',
  crash: 'died of',
  'crash-loop': 'died of',
  'crash-later': 'died of',
}

/** What a story is made of. */
export type Told = Pick<Evidence, 'records' | 'restores' | 'topology' | 'reactions' | 'sightings'> & {
  /** What lies before is known to whoever reads the story; its jobs keep their ids. */
  readonly afterSeq?: number
}

/**
 * The story of a run: what the world wrote down while it went on, what the journal knows, and how processes behaved, in
 * the order of true time. Jobs are numbered as they were accepted.
 */
export function runStory(world: readonly StoryLine[], told: Told): readonly StoryLine[] {
  const lines = [...processLines(told), ...journalLines(told), ...world].toSorted((a, b) => a.atMs - b.atMs)
  if (told.afterSeq !== undefined) return lines
  const rename = nameJobs(everWritten(told))
  return lines.map(line => ({ ...line, who: rename(line.who), what: rename(line.what) }))
}

function processLines({ reactions, sightings }: Pick<Told, 'reactions' | 'sightings'>): StoryLine[] {
  const stale = sightings
    .filter(({ snapshot }) => snapshot.stale)
    .map(({ atMs, node, process, snapshot: { revision, group } }) => {
      return {
        atMs,
        who: `${node}/${process}`,
        what: `read revision ${revision} of ${group}, which may be stale`,
      }
    })
  const behaved = reactions.flatMap(reaction => {
    const { atMs, node, process, group, behaviour } = reaction
    const verb = BEHAVED[behaviour]
    if (verb === undefined) return []
    const revision = revisionOf(reaction, sightings)
    return [{ atMs, who: `${node}/${process}`, what: `${verb} revision ${revision ?? '?'} of ${group}` }]
  })
  return [...stale, ...behaved]
}

function revisionOf(
  { node, process, group, activation }: Reaction,
  sightings: readonly Sighting[],
): number | undefined {
  return sightings.find(
    ({ snapshot, ...one }) =>
      one.node === node &&
      one.process === process &&
      snapshot.group === group &&
      snapshot.activation === activation,
  )?.snapshot.revision
}
