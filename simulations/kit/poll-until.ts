/** Generous: it bounds a hang, it measures nothing. Machines that run tests are slow and noisy. */
export const POLL_TIMEOUT_MS = 30_000
const POLL_INTERVAL_MS = 15

export interface PollOptions {
  readonly timeoutMs?: number
  /** What a person needs to see when the condition never came true, such as the output of a program. */
  readonly onTimeout?: () => string
}

/**
 * What a check may give when it came true: anything but `undefined`, `false` and `null`, which mean "not
 * yet".
 */
export type Holding<T> = Exclude<T, undefined | false | null>

/**
 * Calls `check` until it gives something other than `undefined`, `false` or `null`, and returns that. A throw
 * means "not yet" and becomes the `cause` of the timeout, so that a client may be asked before its server is
 * up.
 *
 * @throws Error naming `description` once `timeoutMs` (default 30 s) has passed.
 */
export async function pollUntil<T>(
  description: string,
  check: () => T | Promise<T>,
  options: PollOptions = {},
): Promise<Holding<T>> {
  const timeoutMs = options.timeoutMs ?? POLL_TIMEOUT_MS
  const deadlineMs = performance.now() + timeoutMs
  let failure: unknown
  do {
    try {
      const outcome = await check()
      if (holds(outcome)) return outcome
      failure = undefined
    } catch (error) {
      failure = error
    }
    await new Promise(resume => setTimeout(resume, POLL_INTERVAL_MS))
  } while (performance.now() < deadlineMs)
  const told = options.onTimeout?.() ?? ''
  throw new Error(
    `Waited ${timeoutMs} ms in vain until ${description}.${told === '' ? '' : `\n${told}`}`,
    failure === undefined ? undefined : { cause: failure },
  )
}

/** Whether a check came true. */
export function holds<T>(outcome: T): outcome is Holding<T> {
  return outcome !== undefined && outcome !== false && outcome !== null
}
