import type { CborItem } from '../read-cbor.ts'
import type { GroupModel } from './group-model.ts'
import type { Expected } from './revision-model.ts'
import { isHeard, NEWCOMER, type Standing } from './standing.ts'

type Tell = (type: string, data: Expected['data']) => void

/** One node in one group. */
interface Subscription {
  readonly group: GroupModel
  standing: Standing
  /** It goes on with what it has, and is not counted. */
  isDraining: boolean
}

interface Node {
  readonly name: string
  readonly key: string
  liveness: string
  hasCome: boolean
  isDraining: boolean
  /** Of the newest report that was believed. */
  reportSeq: number
  readonly subscriptions: Map<string, Subscription>
}

const AWAY: ReadonlySet<string> = new Set(['offline', 'left'])

/** Nodes: who they are, in which groups, how alive the journal knows them, and what they said last. */
export class NodesModel {
  readonly #nodes = new Map<string, Node>()
  readonly #names = new Map<string, string>()

  livenessOf(name: string): string | undefined {
    return this.#nodes.get(name)?.liveness
  }

  subscription(name: string, group: string): Subscription | undefined {
    const found = this.#nodes.get(name)?.subscriptions.get(group)
    return found === undefined || found.group.state === 'deleted' ? undefined : found
  }

  redeemed(key: string, name: string): void {
    this.#names.set(key, name)
    if (this.#nodes.has(name)) return
    const rest = {
      hasCome: false,
      isDraining: false,
      reportSeq: 0,
      subscriptions: new Map<string, Subscription>(),
    }
    this.#nodes.set(name, { name, key, liveness: 'alive', ...rest })
  }

  isSubscribed(name: string, group: string, model: GroupModel): boolean {
    return this.subscription(name, group)?.group === model
  }

  join(name: string, group: string, model: GroupModel): void {
    this.#nodes.get(name)?.subscriptions.set(group, { group: model, standing: NEWCOMER, isDraining: false })
  }

  /** A link of the node is up: whatever was thought of it, it is there. */
  hello(key: string, tell: Tell): void {
    const node = this.#nodes.get(this.#names.get(key) ?? '')
    if (node === undefined) return
    if (!node.hasCome && !node.isDraining) tell('node.joined', { node: node.name })
    if (!node.isDraining) node.hasCome = true
    if (node.liveness !== 'alive') this.#turn(node, 'alive', tell)
  }

  liveness(name: string, to: string, tell: Tell): void {
    const node = this.#nodes.get(name)
    if (node !== undefined && node.liveness !== to) this.#turn(node, to, tell)
  }

  report(body: Readonly<Record<string, CborItem>>, tell: Tell): void {
    const node = this.#nodes.get(String(body['node']))
    const seq = Number(body['seq'])
    if (node === undefined || seq <= node.reportSeq) return
    node.reportSeq = seq
    for (const { group, active, digest, progress } of body['groups'] as unknown as readonly Report[]) {
      const found = this.subscription(node.name, group)
      if (found === undefined) continue
      if (progress?.phase === 'rejected' && !found.isDraining) {
        const { revision, reason = '' } = progress
        tell('subscription.rejected', { group, node: node.name, revision, reason })
      }
      this.#stand(node, found, { ...found.standing, active, digest, progress })
    }
  }

  drain(name: string, tell: Tell): void {
    const node = this.#nodes.get(name)
    if (node === undefined || node.isDraining) return
    node.isDraining = true
    tell('node.draining', { node: name })
    for (const found of subscriptionsOf(node)) this.#leave(node, found)
  }

  remove(name: string, tell: Tell): void {
    const node = this.#nodes.get(name)
    if (node === undefined) return
    this.#nodes.delete(name)
    this.#names.delete(node.key)
    tell('node.removed', { node: name })
    for (const found of subscriptionsOf(node)) {
      tell('subscription.left', { node: name, group: found.group.name })
      this.#leave(node, found)
    }
  }

  #turn(node: Node, to: string, tell: Tell): void {
    const wasAway = AWAY.has(node.liveness)
    node.liveness = to
    tell('node.liveness', { node: node.name, liveness: to })
    const offline = AWAY.has(to)
    if (offline === wasAway) return
    for (const found of subscriptionsOf(node)) this.#stand(node, found, { ...found.standing, offline })
  }

  #stand(node: Node, found: Subscription, after: Standing): void {
    const before = found.standing
    found.standing = after
    if (!found.isDraining && isHeard(before, after)) found.group.changed(node.name, before, after)
  }

  #leave(node: Node, found: Subscription): void {
    if (found.isDraining) return
    found.isDraining = true
    found.group.changed(node.name, found.standing, null)
  }
}

interface Report extends Omit<Standing, 'offline'> {
  readonly group: string
}

function subscriptionsOf({ subscriptions }: Node): readonly Subscription[] {
  return [...subscriptions.values()]
    .filter(({ group }) => group.state !== 'deleted')
    .toSorted((a, b) => (a.group.name < b.group.name ? -1 : 1))
}
