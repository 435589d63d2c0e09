import { isTestOnly } from './layers.ts'
import type { SourceFile } from './project-files.ts'

/** An import between two parts of the product, with the first place where it stands. */
interface Edge {
  readonly from: string
  readonly to: string
  readonly evidence: string
}

/**
 * Cycles between the folders directly below `parent`, tests left out: each as the imports that close it, in
 * order. Folders in a cycle are one part under two names; what both need belongs below both, behind a port.
 */
export function findFolderCycles(files: readonly SourceFile[], parent: string): string[] {
  const edges = folderEdges(files, parent)
  const found = new Map<string, string>()
  for (const start of edges.keys()) {
    const cycle = shortestCycle(edges, start)
    if (cycle === undefined) continue
    const key = cycle
      .map(edge => edge.from)
      .toSorted()
      .join(' ')
    const story = cycle.map(edge => `  ${edge.from} → ${edge.to}: ${edge.evidence}`).join('\n')
    if (!found.has(key))
      found.set(key, `${[...cycle.map(edge => edge.from), cycle[0]?.from ?? ''].join(' → ')}\n${story}`)
  }
  return [...found.values()]
}

function folderEdges(files: readonly SourceFile[], parent: string): Map<string, Map<string, Edge>> {
  const edges = new Map<string, Map<string, Edge>>()
  for (const file of files) {
    const from = folderBelow(file.path, parent)
    if (from === undefined || isTestOnly(file.path)) continue
    for (const { target, line } of file.imports) {
      const to = folderBelow(target, parent)
      if (to === undefined || to === from) continue
      const outgoing = edges.get(from) ?? new Map<string, Edge>()
      edges.set(from, outgoing)
      if (!outgoing.has(to))
        outgoing.set(to, { from, to, evidence: `${file.path}:${line} imports ${target}` })
    }
  }
  return edges
}

function folderBelow(path: string, parent: string): string | undefined {
  if (!path.startsWith(`${parent}/`)) return undefined
  const [name, ...rest] = path.slice(parent.length + 1).split('/')
  return rest.length === 0 ? undefined : name
}

/** Breadth first, so that what is printed is the shortest way from a folder back to itself. */
function shortestCycle(edges: Map<string, Map<string, Edge>>, start: string): Edge[] | undefined {
  const queue: Edge[][] = [...(edges.get(start)?.values() ?? [])].map(edge => [edge])
  const seen = new Set<string>()
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const at = way.at(-1)?.to
    if (at === start) return way
    if (at === undefined || seen.has(at)) continue
    seen.add(at)
    for (const edge of edges.get(at)?.values() ?? []) queue.push([...way, edge])
  }
  return undefined
}

/**
 * The ways on which files below `from` load, directly or through others, a file below one of `forbidden` or a
 * package of that name. Imports of types load nothing. One way for each forbidden thing, the shortest, as the
 * files it passes.
 */
export function findLoads(
  files: readonly SourceFile[],
  from: string,
  forbidden: readonly string[],
): string[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const starts = files.filter(file => file.path.startsWith(`${from}/`) && !isTestOnly(file.path))
  const queue = starts.map(file => [file.path])
  const seen = new Set(starts.map(file => file.path))
  const ways = new Map<string, string>()
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    for (const found of byPath.get(way.at(-1) ?? '')?.imports ?? []) {
      if (found.typeOnly || seen.has(found.target)) continue
      seen.add(found.target)
      const longer = [...way, found.target]
      const hit = forbidden.find(name => found.target === name || found.target.startsWith(`${name}/`))
      if (hit === undefined) queue.push(longer)
      else if (!ways.has(hit)) ways.set(hit, longer.join('\n    → '))
    }
  }
  return [...ways.values()]
}
