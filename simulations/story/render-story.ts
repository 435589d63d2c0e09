import type { StoryLine } from '../world/story.ts'

/** What several say alike within so long is one line. */
const TOGETHER_MS = 250
/** What one says again within so long is counted. */
const AGAIN_MS = 30_000
/** Names that one line has room for. */
const NAMES_MAX = 5

interface Told {
  readonly atMs: number
  readonly who: string[]
  readonly what: string
  times: number
  lastMs: number
}

export interface StoryForm {
  /** Digits of a second. Default: 3. */
  readonly digits?: number
}

/**
 * `    12.345 s  n2/agent     crashed`, one line each. What several did at the same time is told once, and what one
 * repeats is counted; nothing moves past a turn of events.
 */
export function renderStory(lines: readonly StoryLine[], { digits = 3 }: StoryForm = {}): string {
  const told = together(lines)
  const names = told.map(({ who }) => namesOf(who))
  const width = Math.max(0, ...names.map(({ length }) => length))
  return told
    .map(({ atMs, what, times, lastMs }, index) => {
      const again = times === 1 ? '' : ` (${times} times until ${seconds(lastMs, digits)} s)`
      return `${seconds(atMs, digits).padStart(7 + digits)} s  ${(names[index] ?? '').padEnd(width)}  ${what}${again}\n`
    })
    .join('')
}

function together(lines: readonly StoryLine[]): Told[] {
  const told: Told[] = []
  /** What was said since the last turn, and by one alone. */
  let open = new Map<string, Told>()
  const said = new Map<string, Told>()
  for (const { atMs, who, what, kind } of lines) {
    const alike = open.get(what)
    const again = said.get(`${who} ${what}`)
    if (kind === 'turn') open = new Map()
    if (kind === 'log' && again !== undefined && atMs - again.lastMs <= AGAIN_MS) {
      again.times++
      again.lastMs = atMs
    } else if (
      kind !== 'turn' &&
      alike !== undefined &&
      atMs - alike.atMs <= TOGETHER_MS &&
      alike.times === 1
    ) {
      if (!alike.who.includes(who)) alike.who.push(who)
      said.set(`${who} ${what}`, alike)
    } else {
      const one = { atMs, who: [who], what, times: 1, lastMs: atMs }
      told.push(one)
      said.set(`${who} ${what}`, one)
      if (kind !== 'turn') open.set(what, one)
    }
  }
  return told
}

function namesOf(names: readonly string[]): string {
  const who = names.toSorted()
  const named =
    who.length > NAMES_MAX ? [...who.slice(0, NAMES_MAX - 1), `${who.length - NAMES_MAX + 1} more`] : who
  return named.join(' ')
}

function seconds(ms: number, digits: number): string {
  return (ms / 1_000).toFixed(digits)
}
