import type { Mutation } from './mutation.ts'
import { runKiller } from './run-killer.ts'
import { type Verdict, verdictOf } from './verdict.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

export interface MutantsOptions {
  /** The built project. */
  readonly root: string
  readonly mutations: readonly Mutation[]
  /** The command that must notice a mutation, and how long it may take. */
  readonly killerOf: (mutation: Mutation) => string
  readonly timeoutMs: number
  readonly jobs: number
  readonly onVerdict: (verdict: Verdict, done: number) => void
}

/** The command failed, or took too long, on the product as it is: it would call every mutation caught. */
export class KillerFailsAnyway extends Error {}

/**
 * Tries each mutation in a copy of the product: what a command takes without complaint has survived. Before that the
 * command must pass without any mutation. Verdicts come in the order of the list.
 */
export async function runMutants(options: MutantsOptions): Promise<readonly Verdict[]> {
  const { root, mutations, killerOf, timeoutMs, onVerdict } = options
  const verdicts: (Verdict | undefined)[] = mutations.map(() => undefined)
  const spaces: Workspace[] = []
  let next = 0
  let done = 0
  const work = async (space: Workspace): Promise<void> => {
    for (let index = next++; index < mutations.length; index = next++) {
      const mutation = mutations[index]
      if (mutation === undefined) return
      space.mutate(mutation)
      const verdict = verdictOf(mutation, await runKiller(killerOf(mutation), space.directory, timeoutMs))
      space.restore()
      verdicts[index] = verdict
      onVerdict(verdict, ++done)
    }
  }
  try {
    for (let job = 0; job < Math.min(options.jobs, mutations.length); job++)
      spaces.push(createWorkspace(root))
    const [first] = spaces
    if (first !== undefined) await mustPass([...new Set(mutations.map(killerOf))], first, timeoutMs)
    await Promise.all(spaces.map(work))
  } finally {
    for (const space of spaces) space.remove()
  }
  return verdicts.filter(verdict => verdict !== undefined)
}

async function mustPass(commands: readonly string[], space: Workspace, timeoutMs: number): Promise<void> {
  for (const command of commands) {
    const { code, output } = await runKiller(command, space.directory, timeoutMs)
    if (code === 0) continue
    const how = code === null ? `did not end within ${timeoutMs / 1_000} s` : 'fails'
    throw new KillerFailsAnyway(`without any mutation, ${command} ${how}:\n${output.slice(-4_000)}`)
  }
}
