/** One step into a document: a key or an index. */
export type Step = string | number

/** Steps as an RFC 6901 JSON pointer; the empty text is the whole document. */
export function pointerOf(steps: readonly Step[]): string {
  return steps.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The steps of an RFC 6901 JSON pointer, all as text. */
export function stepsOf(pointer: string): string[] {
  if (pointer === '') return []
  const steps = pointer.slice(1).split('/')
  return steps.map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
