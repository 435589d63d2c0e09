import type { ManifestDocument } from '../../runtime/manifest/manifest-document.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { PaperMood } from './paper-mood.ts'

const ORIGIN = { file: 'paper', line: 1 }
/** Some begin like others: whoever confuses them shows it. */
export const PAPER_PATHS = ['/shared', '/web', '/web-eu', '/extra'] as const

/** Declares groups, with some of the paths in some order, and policies of some options. */
export function drawDocuments(
  random: SeededRandom,
  mood: PaperMood,
  names: readonly string[],
): readonly ManifestDocument[] {
  const documents: ManifestDocument[] = []
  const declared = new Set<string>()
  let before: readonly string[] | undefined
  for (const name of names) {
    const sets = drawSets(random, name, before)
    before = sets
    const policy = pick(random, ['p', `p-${name}`])
    if (!declared.has(policy)) documents.push(drawPolicy(random, mood, policy))
    declared.add(policy)
    documents.push({ kind: 'Group', name, sets, policy, labels: {}, origin: ORIGIN })
    for (const path of sets) {
      const entries = { left: random.integer(6), [name]: random.integer(6) }
      if (!declared.has(path))
        documents.push({ kind: 'ConfigSet', path, labels: {}, entries, origin: ORIGIN })
      declared.add(path)
    }
  }
  return documents
}

/** Mostly a path of its own among others; at times just what the group before has. */
function drawSets(
  random: SeededRandom,
  name: string,
  before: readonly string[] | undefined,
): readonly string[] {
  if (before !== undefined && random.integer(3) === 0) return before
  const others = PAPER_PATHS.filter(path => path !== `/${name}` && random.integer(2) === 0)
  if (others.length > 0 && random.integer(4) === 0) return others
  return random.integer(2) === 0 ? [`/${name}`, ...others] : [...others, `/${name}`]
}

function drawPolicy(
  random: SeededRandom,
  { strongOneIn, patience }: PaperMood,
  name: string,
): Extract<ManifestDocument, { kind: 'Policy' }> {
  const seconds = (): string => `${patience * (1 + random.integer(20))}s`
  const common = random.integer(3) === 0 ? {} : { applyTimeout: seconds(), prepareTimeout: seconds() }
  const isStrong = random.integer(strongOneIn) === 0
  const own = isStrong
    ? {
        stageTimeout: seconds(),
        settleTimeout: seconds(),
        onStageTimeout: pick(random, ['abort', 'pause']),
        onApplyFailure: pick(random, ['rollback', 'hold']),
      }
    : {
        quorum: pick<string | number>(random, ['majority', '34%', '50%', '60%', '100%', 1, 2, 3]),
        floor: pick<string | number>(random, ['third', 0, 1, 2, 3, 4]),
        progressTimeout: seconds(),
        onTimeout: pick(random, ['rollback', 'pause']),
      }
  const given = random.integer(6) === 0 ? common : { ...common, ...own }
  return {
    kind: 'Policy',
    name,
    uses: isStrong ? 'strong' : 'eventual',
    with: given,
    labels: {},
    origin: ORIGIN,
  }
}

function pick<T>(random: SeededRandom, list: readonly [T, ...T[]]): T {
  return list[random.integer(list.length)] ?? list[0]
}
