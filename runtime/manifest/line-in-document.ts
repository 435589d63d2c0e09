import { type Document, isAlias, isMap, isNode, isScalar, isSeq, visit } from 'yaml'
import { stepsOf } from './json-pointer.ts'

/**
 * The offset where a pointer's target stands in its document: a member's key, an element's beginning, or that
 * of the nearest ancestor that exists. Follows aliases: the line is then where the anchored value was
 * written.
 */
export function lineInDocument(document: Document.Parsed, pointer: string): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? document.range[0]
  for (const step of stepsOf(pointer)) {
    const target = isAlias(node) ? anchored(document, node.source) : node
    if (isMap(target)) {
      const pair = target.items.findLast(({ key }) => isScalar(key) && key.value === step)
      if (pair === undefined) return offset
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(target)) {
      node = target.items[Number(step)]
      offset = startOf(node) ?? offset
    } else {
      return offset
    }
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

function anchored(document: Document.Parsed, name: string): unknown {
  let found: unknown
  visit(document, {
    Node(_, node) {
      if (!isAlias(node) && node.anchor === name) found ??= node
    },
  })
  return found
}
