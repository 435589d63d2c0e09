/** The parts of the product that faults are seeded in. */
export const MODULES = [
  'kernel',
  'journal',
  'scheduler',
  'step-runner',
  'rollout',
  'policies',
  'agent-store',
  'socket',
  'link',
  'gossip',
] as const

export type ModuleName = (typeof MODULES)[number]

/**
 * One seeded fault: a small, plausible mistake in product code. `before` stands in `file` exactly once and is replaced
 * by `after`. Nothing of it ships.
 */
export interface Mutation {
  /** `MODULE/NAME`. */
  readonly id: string
  readonly module: ModuleName
  /** Relative to the root of the project. */
  readonly file: string
  readonly before: string
  readonly after: string
  /** What somebody got wrong, and what comes of it. */
  readonly models: string
  /** Numbers of the promises in docs/architecture.md that it breaks. */
  readonly breaks: readonly number[]
  /**
   * `simulator`: the code runs in a simulation. `tests`: it is code below (SQLite, UDP sockets), a second line of
   * defence, or a way that no simulation takes; tests with the real thing must notice it.
   */
  readonly reach: 'simulator' | 'tests'
  /** Where tests that should notice it are: patterns for AVA, without `build/` and `.test.js`. */
  readonly tests: readonly string[]
}

/** A row of a table: what is the same for all rows of a module is given once. */
export type Row = Pick<Mutation, 'file' | 'before' | 'after' | 'models' | 'breaks'> & {
  readonly name: string
  readonly reach?: Mutation['reach']
  readonly tests?: readonly string[]
}

/** The rows of one module as mutations. */
export function mutationsOf(
  module: ModuleName,
  tests: readonly string[],
  rows: readonly Row[],
): readonly Mutation[] {
  return rows.map(({ name, ...row }) => ({
    module,
    tests,
    reach: 'simulator',
    ...row,
    id: `${module}/${name}`,
  }))
}
