import type { ProgramLife } from '../world/program-life.ts'
import type { WireMessage, World } from '../world/world.ts'
import { type CborItem, kindOf, readCbor } from './read-cbor.ts'

/** What happened to the links of agents: each message by its name, how links began, and how they ended. */
export interface LinkEntry {
  readonly atMs: number
  /**
   * `sent`: it left its sender; `got`: it reached the handler of its receiver; `end`: `by` closed its end, or heard
   * that it is closed; `dial`: `by` tries to reach somebody; `failed`: it gives up.
   */
  readonly what: 'sent' | 'got' | 'end' | 'dial' | 'failed'
  /** The program that did it: the receiver of what is got. */
  readonly by: ProgramLife
  /** The program at the other end; of a dial nobody yet. */
  readonly other: ProgramLife | undefined
  /** Number of the link, in the order of first use; 0 while there is none. */
  readonly link: number
  /** Name of the message, or code of the reason of an end; empty for a plain one. */
  readonly t: string
  /** What identifies it: everything but large or secret fields. */
  readonly body: Fields
}

type Fields = { readonly [key: string]: CborItem }

/** Messages that are the same but for a number that nobody asks for. */
const BARE: ReadonlySet<string> = new Set(['ping', 'pong', 'leave'])
const LARGE: ReadonlySet<string> = new Set(['bytes', 'gossip', 'bundleKeys', 'proof', 'secret'])

/** Listens to every link of a world from now on, beside whoever does so already. */
export function recordLinks(world: World): readonly LinkEntry[] {
  const entries: LinkEntry[] = []
  const links = new Map<object, number>()
  const numberOf = (link: object): number => {
    const number = links.get(link) ?? links.size + 1
    links.set(link, number)
    return number
  }
  const before = world.onWire
  world.onWire = (message: WireMessage) => {
    before(message)
    const { isSent, from, to, link, bytes } = message
    const t = kindOf(bytes)
    if (t === undefined) return
    const [by, other] = isSent ? [from, to] : [to, from]
    const ends = { by: by.life, other: other.life, link: numberOf(link) }
    const body = BARE.has(t) ? {} : lightOf(readCbor(bytes) as Fields)
    entries.push({ atMs: world.nowMs, what: isSent ? 'sent' : 'got', ...ends, t, body })
  }
  world.onLinkEnd = ({ by, other, link, code }) => {
    const ends = { by: by.life, other: other?.life, link: numberOf(link) }
    entries.push({ atMs: world.nowMs, what: 'end', ...ends, t: code, body: {} })
  }
  world.onDial = ({ by, failure }) => {
    const what = failure === undefined ? 'dial' : 'failed'
    entries.push({
      atMs: world.nowMs,
      what,
      by: by.life,
      other: undefined,
      link: 0,
      t: failure ?? '',
      body: {},
    })
  }
  return entries
}

function lightOf(body: Fields): Fields {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !LARGE.has(name)))
}
