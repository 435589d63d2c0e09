interface Node<T> {
  readonly atMs: number
  readonly order: number
  readonly item: T
}

/** What is to happen, earliest first; at the same time, first in first out, so that a run is reproducible. */
export class EventHeap<T> {
  readonly #nodes: Node<T>[] = []
  #order = 0

  push(atMs: number, item: T): void {
    const nodes = this.#nodes
    const node = { atMs, order: this.#order++, item }
    let at = nodes.length
    nodes.push(node)
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = nodes[parentAt]
      if (parent === undefined || isBefore(parent, node)) break
      nodes[at] = parent
      at = parentAt
    }
    nodes[at] = node
  }

  get nextMs(): number {
    return this.#nodes[0]?.atMs ?? Infinity
  }

  pop(): T | undefined {
    const nodes = this.#nodes
    const first = nodes[0]
    const last = nodes.pop()
    if (first !== undefined && last !== undefined && nodes.length > 0) sink(nodes, last)
    return first?.item
  }
}

function sink<T>(nodes: Node<T>[], node: Node<T>): void {
  let at = 0
  for (;;) {
    let childAt = 2 * at + 1
    let child = nodes[childAt]
    const right = nodes[childAt + 1]
    if (child !== undefined && right !== undefined && isBefore(right, child)) {
      child = right
      childAt++
    }
    if (child === undefined || isBefore(node, child)) break
    nodes[at] = child
    at = childAt
  }
  nodes[at] = node
}

function isBefore<T>(a: Node<T>, b: Node<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
