/** Lines of a story that are told of a failure: its beginning is what faults and deeds say. */
const LINES_TOLD_MAX = 40
/** Lines before those of which only what went wrong outside is told. */
const TURNS_TOLD_MAX = 40

/** The end of a story, and of what came before it the faults and deeds alone. */
export function tailOf(text: string): string {
  const lines = text.split('\n').slice(0, -1)
  if (lines.length <= LINES_TOLD_MAX) return text
  const early = lines.slice(0, -LINES_TOLD_MAX)
  const turns = early.filter(line => TURN.test(line)).slice(-TURNS_TOLD_MAX)
  const left = early.length - turns.length
  const note =
    left === 0 ? [] : [`        … ${left} more lines before the last ${LINES_TOLD_MAX}; --story shows them`]
  return `${[...turns, ...note, ...lines.slice(-LINES_TOLD_MAX)].join('\n')}\n`
}

/** `12.345 s  who   f3: …`: a fault or a deed. */
const TURN = /^ *[\d.]+ s {2}\S.*? {2,}[a-z]\d+: /
