import type { WireMessage, World } from '../world/world.ts'
import { type CborItem, kindOf, readCbor } from './read-cbor.ts'

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
  /** Of a sent report: groups that it calls staged though a loss of power would take the generation away. */
  readonly unkept?: readonly string[]
}

/** Kinds that carry promises; pieces of bundles and heartbeats do not. */
const KEPT: ReadonlySet<string> = new Set(['hello', 'report', 'redeem', 'redeemed', 'welcome', 'desire'])

/** Listens to every link of a world from now on. */
export function recordWire(world: World): readonly WireEntry[] {
  const entries: WireEntry[] = []
  const links = new Map<object, number>()
  const generations = new Generations()
  world.onWire = ({ isSent, from, to, link, bytes }: WireMessage) => {
    const t = kindOf(bytes)
    if (t === undefined || !KEPT.has(t)) return
    const body = readCbor(bytes) as Fields
    const number = links.get(link) ?? links.size + 1
    links.set(link, number)
    const [sender, receiver] = [from.machine.name, to.machine.name]
    const entry = { atMs: world.nowMs, isSent, from: sender, to: receiver, link: number, t, body }
    if (!isSent && t === 'desire') generations.wanted(receiver, body['desire'] as Fields)
    if (!isSent || t !== 'report') return void entries.push(entry)
    const { files } = from.machine
    const unkept = files.conditions.lies
      ? []
      : generations.unkept(sender, body, name => files.isDurable(name))
    entries.push(unkept.length > 0 ? { ...entry, unkept } : entry)
  }
  return entries
}

interface Wanted {
  readonly revision: number
  readonly digest: string
}

/** Which bundle each revision of a group is, as each machine was told. */
class Generations {
  readonly #digests = new Map<string, string>()

  wanted(machine: string, desire: Fields): void {
    for (const one of [desire['candidate'], desire['committed']] as (Wanted | null | undefined)[])
      if (one !== null && one !== undefined)
        this.#digests.set(`${machine} ${String(desire['group'])} ${one.revision}`, one.digest)
  }

  unkept(machine: string, report: Fields, isDurable: (name: string) => boolean): string[] {
    const groups = report['groups'] as unknown as readonly Staged[]
    return groups.flatMap(({ group, progress }) => {
      if (progress?.phase !== 'staged') return []
      const digest = this.#digests.get(`${machine} ${group} ${progress.revision}`)
      return digest === undefined || isDurable(digest) ? [] : [`${group}@${progress.revision}`]
    })
  }
}

interface Staged {
  readonly group: string
  readonly progress: { readonly revision: number; readonly phase: string } | null
}
