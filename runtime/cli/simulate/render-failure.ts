import type { Violation } from '../../../simulations/checkers/evidence.ts'
import type { StoryLine } from '../../../simulations/world/story.ts'

/** Lines of a story that are told of a failure: its beginning is what faults and deeds say. */
const LINES_TOLD_MAX = 40
/** How many of them come after the first place where something was found broken. */
const LINES_AFTER_MAX = 8
/** Lines before those of which only what went wrong outside is told. */
const TURNS_TOLD_MAX = 40
/** Findings that are marked in the story. */
const MARKS_MAX = 3

/** A story with the places marked where something was found broken, as far as a finding says when it was. */
export function marked(story: readonly StoryLine[], violations: readonly Violation[]): readonly StoryLine[] {
  const marks = violations.flatMap(({ what }): StoryLine[] => {
    const atMs = timeIn(what)
    return atMs === undefined ? [] : [{ atMs, who: '!!', what: `broken: ${what}`, kind: 'turn' }]
  })
  const first = marks.toSorted((a, b) => a.atMs - b.atMs).slice(0, MARKS_MAX)
  return [...story, ...first].toSorted((a, b) => a.atMs - b.atMs)
}

/** The same finding with the time counted from when the story begins. */
export function rebased({ promise, what }: Violation, originMs: number): Violation {
  return {
    promise,
    what: what.replace(TIME, (_, s: string) => ` at ${(Number(s) - originMs / 1_000).toFixed(3)} s`),
  }
}

/** The part of a story that leads to its first mark, or to its end; of what came before, the faults and deeds alone. */
export function excerptOf(text: string): string {
  const lines = text.split('\n').slice(0, -1)
  if (lines.length <= LINES_TOLD_MAX) return text
  const mark = lines.findIndex(line => MARK.test(line))
  const end = mark < 0 ? lines.length : Math.min(lines.length, mark + 1 + LINES_AFTER_MAX)
  const begin = Math.max(0, end - LINES_TOLD_MAX)
  const turns = lines
    .slice(0, begin)
    .filter(line => TURN.test(line))
    .slice(-TURNS_TOLD_MAX)
  const [before, after] = [begin - turns.length, lines.length - end]
  return [
    ...turns,
    ...(before === 0
      ? []
      : [`        … ${before} more lines before the next ${end - begin}; --story shows them`]),
    ...lines.slice(begin, end),
    ...(after === 0 ? [] : [`        … ${after} more lines until the end`]),
    '',
  ].join('\n')
}

function timeIn(what: string): number | undefined {
  const seconds = TIME.exec(what)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}

/** When: as checkers say it. */
const TIME = / at (\d+\.\d{3}) s/
/** `12.345 s  !!  broken: …`. */
const MARK = /^ *[\d.]+ s {2}!! /
/** `12.345 s  who   f3: …`: a fault or a deed. */
const TURN = /^ *[\d.]+ s {2}\S.*? {2,}[a-z]\d+: /
