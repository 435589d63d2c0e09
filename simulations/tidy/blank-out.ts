/** The same text twice, of the same length and lines, with what is not code replaced by spaces. */
export interface Blanked {
  /** Without comments, and without what stands inside strings, templates and regular expressions. */
  readonly code: string
  /** Without comments alone: import specifiers are strings. */
  readonly uncommented: string
}

/** What a slash begins after one of these is a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^\n]|\b(?:return|typeof|case|in|of|yield|await|else|do))\s*$/
const TOKEN = /\/\/|\/\*|\/|['"`{}]/g

/**
 * Separates code from words well enough for house rules; it is no parser. A string or a regular expression
 * ends with its line at the latest, so a mistake stays on one line.
 */
export function blankOut(text: string): Blanked {
  const comments: Span[] = []
  const literals: Span[] = []
  /** One entry for each `${` that is open: how many braces are open inside of it. */
  const holes: number[] = []
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)
    if (token === null) break
    const start = token.index
    const mark = token[0]
    at = start + mark.length
    if (mark === '//' || mark === '/*') {
      at = endOf(text, mark === '//' ? '\n' : '*/', at)
      comments.push([start, at])
    } else if (mark === '/') {
      if (!BEFORE_REGEX.test(text.slice(Math.max(0, start - 40), start))) continue
      at = endOfQuoted(text, '/', at)
      literals.push([start + 1, at - 1])
    } else if (mark === '{') {
      const open = holes.pop()
      if (open !== undefined) holes.push(open + 1)
    } else if (mark === '}') {
      const open = holes.pop()
      if (open === undefined) continue
      if (open > 0) {
        holes.push(open - 1)
        continue
      }
      at = template(text, at, literals, holes)
    } else if (mark === '`') {
      at = template(text, at, literals, holes)
    } else {
      at = endOfQuoted(text, mark, at)
      literals.push([start + 1, at - 1])
    }
  }
  const uncommented = blank(text, comments)
  return { code: blank(uncommented, literals), uncommented }
}

/** From `start` (inclusive) to `end` (exclusive). */
type Span = readonly [start: number, end: number]

/** The end of a template's text: past the backquote, or past the `${` that it notes as a hole. */
function template(text: string, from: number, literals: Span[], holes: number[]): number {
  let at = from
  while (at < text.length) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '`') break
    else if (text.startsWith('${', at)) {
      literals.push([from, at])
      holes.push(0)
      return at + 2
    }
    at += 1
  }
  literals.push([from, at])
  return at + 1
}

function endOfQuoted(text: string, quote: string, from: number): number {
  let inClass = false
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === '\n') return at
    if (character === '\\') at += 1
    else if (quote === '/' && character === '[') inClass = true
    else if (quote === '/' && character === ']') inClass = false
    else if (character === quote && !inClass) return at + 1
  }
  return text.length
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  if (found < 0) return text.length
  return mark === '\n' ? found : found + mark.length
}

function blank(text: string, spans: readonly Span[]): string {
  let blanked = ''
  let at = 0
  for (const [start, end] of spans) {
    if (end <= start) continue
    blanked += text.slice(at, start) + text.slice(start, end).replaceAll(/[^\n]/g, ' ')
    at = end
  }
  return blanked + text.slice(at)
}
