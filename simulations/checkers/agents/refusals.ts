/** A revision with the timeline that counts it: after a restore its number may name something else. */
export interface Named {
  readonly timeline: number
  readonly revision: number
}

/** How often an admin asked for another try, and the timeline that counts it: a restored central begins anew. */
export interface RetryCount {
  readonly timeline: number
  readonly retry: number
}

/** What was turned down on a node, and what admins had asked for by then. */
export class Refusals {
  readonly #held = new Map<string, { readonly revision: number; readonly by: RetryCount }>()

  add({ timeline, revision }: Named, by: RetryCount): void {
    this.#held.set(`${timeline}/${revision}`, { revision, by })
  }

  /** Whether it was turned down, and nobody has asked for it since. */
  holds({ timeline, revision }: Named, now: RetryCount): boolean {
    const held = this.#held.get(`${timeline}/${revision}`)
    return held !== undefined && !isAskedAnew(held.by, now)
  }

  /** Revisions that nobody has asked for since they were turned down. */
  standing(now: RetryCount): readonly number[] {
    return [...this.#held.values()].filter(({ by }) => !isAskedAnew(by, now)).map(({ revision }) => revision)
  }

  clear(): void {
    this.#held.clear()
  }
}

function isAskedAnew(then: RetryCount, now: RetryCount): boolean {
  return now.timeline !== then.timeline || now.retry > then.retry
}

/** Whether one was given out before the other. */
export function isBefore(one: Named, other: Named): boolean {
  return one.timeline < other.timeline || (one.timeline === other.timeline && one.revision < other.revision)
}
