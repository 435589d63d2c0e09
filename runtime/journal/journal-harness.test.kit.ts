import type { ExecutionContext } from 'ava'
import type { Journal } from './journal.ts'

/** A fresh journal under test. */
export interface JournalHarness {
  readonly journal: Journal
  /** Opens what `journal` wrote, after it was closed. */
  reopen(): Promise<Journal>
}

/** Gives an empty journal to one test, and cleans up by the test's `teardown`. */
export type MakeJournal = (t: ExecutionContext) => Promise<JournalHarness>
