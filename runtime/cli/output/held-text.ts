import type { HeldView } from '../../engine/views.ts'

/** A held path in one line: what nodes go on with, what was declared, and what ends it. */
export function heldText({ path, pinned, head }: HeldView): string {
  const what = pinned === null ? `${path} stays out` : `${path} stays at version ${pinned}`
  return `held: ${what}, its head is ${head}, until somebody changes or retries it`
}
