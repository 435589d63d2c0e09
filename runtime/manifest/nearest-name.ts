/** Longest text that is compared: a longer one is no slip of the fingers. */
const LENGTH_MAX = 64

/**
 * The candidate that `text` most likely meant, if one is near: the hint "did you mean …". First wins a tie.
 */
export function nearestName(text: string, candidates: Iterable<string>): string | undefined {
  if (text.length > LENGTH_MAX) return undefined
  let nearest: string | undefined
  let least = Math.max(1, Math.floor(text.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) >= least) continue
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** ` (did you mean "…"?)`, or nothing. */
export function hintFor(text: string, candidates: Iterable<string>): string {
  const nearest = nearestName(text, candidates)
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`
}

/**
 * Edit distance with insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
 */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substituted = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      let least = Math.min(substituted, at(previous, column) + 1, at(current, column - 1) + 1)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, at(beforePrevious, column - 2) + 1)
      }
      current.push(least)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
