/** One call on a register: what it did, and the interval in which that happened. Instants are whole and distinct. */
export interface Operation {
  readonly startedAt: number
  /** `Infinity` when no answer came: it may have happened at any later time, or never. */
  readonly endedAt: number
  readonly did:
    | { readonly kind: 'read'; readonly value: RegisterValue }
    | { readonly kind: 'write'; readonly value: RegisterValue }
    /** Writes if the register holds `expected`; `isDone` undefined when no answer came. */
    | {
        readonly kind: 'swap'
        readonly expected: RegisterValue
        readonly value: RegisterValue
        readonly isDone: boolean | undefined
      }
}

/** Null: nothing is there. */
export type RegisterValue = string | number | null

/** States that a search looks at before it gives up: a history that needs more was made too wide. */
export const STATES_MAX = 500_000

/**
 * Whether there is one order of the operations of one register that respects who ended before whom and gives what each
 * got (Wing and Gong's search, with Lowe's memory of configurations that were seen). Registers are independent: check
 * each by itself. Throws `RangeError` past `STATES_MAX`.
 */
export function isLinearizable(operations: readonly Operation[], initial: RegisterValue = null): boolean {
  const all = operations.toSorted((a, b) => a.startedAt - b.startedAt)
  const seen = new Set<string>()
  const stack: Configuration[] = [{ done: new Set(), value: initial }]
  for (let now = stack.pop(); now !== undefined; now = stack.pop()) {
    const left = all.filter((_, index) => !now.done.has(index))
    // What nobody was answered may as well never happen.
    if (left.every(({ endedAt }) => endedAt === Infinity)) return true
    const key = keyOf(now, all.length)
    if (seen.has(key)) continue
    if (seen.add(key).size > STATES_MAX)
      throw new RangeError(`more than ${STATES_MAX} states: the history is too wide`)
    const firstEnd = Math.min(...left.map(({ endedAt }) => endedAt))
    for (const [index, operation] of all.entries()) {
      if (operation.startedAt > firstEnd) break
      if (now.done.has(index)) continue
      for (const value of outcomes(operation.did, now.value))
        stack.push({ done: new Set(now.done).add(index), value })
    }
  }
  return false
}

interface Configuration {
  readonly done: ReadonlySet<number>
  readonly value: RegisterValue
}

/** What the register may hold after the operation happened now; nothing when it cannot have. */
function outcomes(did: Operation['did'], value: RegisterValue): RegisterValue[] {
  switch (did.kind) {
    case 'read':
      return did.value === value ? [value] : []
    case 'write':
      return [did.value]
    case 'swap': {
      const holds = did.expected === value
      if (did.isDone === undefined) return holds ? [did.value] : [value]
      return did.isDone === holds ? [holds ? did.value : value] : []
    }
  }
}

/** The done ones up to the first gap as a number, the others by name. */
function keyOf({ done, value }: Configuration, count: number): string {
  let prefix = 0
  while (prefix < count && done.has(prefix)) prefix++
  const rest = [...done].filter(index => index > prefix).toSorted((a, b) => a - b)
  return `${prefix} ${rest.join()} ${typeof value} ${String(value)}`
}
