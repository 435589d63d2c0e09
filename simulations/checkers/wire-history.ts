import type { WireMessage, World } from '../world/world.ts'
import { type CborItem, readCbor } from './read-cbor.ts'

type Fields = { readonly [key: string]: CborItem }

/** What one program said to another over a link, read from the bytes. */
export interface WireEntry {
  readonly atMs: number
  /** As it left its sender, or as it reached the handler of its receiver. */
  readonly isSent: boolean
  /** Machines. */
  readonly from: string
  readonly to: string
  /** Number of the link, in the order of first use. */
  readonly link: number
  readonly t: string
  readonly body: Fields
}

/** Kinds that carry promises; pieces of bundles and heartbeats do not. */
const KEPT: ReadonlySet<string> = new Set(['hello', 'report', 'redeem', 'redeemed', 'welcome', 'desire'])

/** Listens to every link of a world from now on. */
export function recordWire(world: World): readonly WireEntry[] {
  const entries: WireEntry[] = []
  const links = new Map<object, number>()
  world.onWire = ({ isSent, from, to, link, bytes }: WireMessage) => {
    const body = readCbor(bytes) as Fields
    const t = String(body['t'])
    if (!KEPT.has(t)) return
    const number = links.get(link) ?? links.size + 1
    links.set(link, number)
    const [sender, receiver] = [from.machine.name, to.machine.name]
    entries.push({ atMs: world.nowMs, isSent, from: sender, to: receiver, link: number, t, body })
  }
  return entries
}
