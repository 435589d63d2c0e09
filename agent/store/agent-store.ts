import { join } from 'node:path'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { KeyPair } from '../../runtime/links/link.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { type GenerationFiles, createGenerationFiles } from './generation-files.ts'
import { loadIdentity, loadSealKey } from './node-keys.ts'
import type { NodeState } from './node-state.ts'
import { type StateFile, createStateFile } from './state-file.ts'

/** What a lost newest write may have given out: numbers jump over it, so that none is ever used twice. */
const RECOVERY_LEAP = 16

/** What the agent keeps on disk, under `DIR/agent`: keys, sealed state, sealed generations. */
export interface AgentStore {
  readonly identity: KeyPair
  /** The last state that is durable. */
  readonly state: NodeState
  /** True when the newest copy of the state was lost and the one before it is used. */
  readonly recovered: boolean
  /**
   * Changes the state. Changes that wait are written together; durable when it resolves. `KONOR_AGENT_DISK` when it
   * could not be written: the state is then as it was, and the same change may be tried again.
   */
  update(change: (state: NodeState) => NodeState): Promise<void>
  /** Resolves when nothing is being written. */
  settled(): Promise<void>
  readonly generations: GenerationFiles
  /** Removes every stored generation that is not needed (asked just before); answers what was removed. */
  collect(isNeeded: (digest: Digest) => boolean): Promise<readonly Digest[]>
}

export interface AgentStoreOptions {
  readonly disk: Disk
  /** The agent's data directory (`DIR`); absolute. */
  readonly dataDir: string
  readonly random: Random
  /** The operator's own seal key; otherwise the agent makes one. */
  readonly sealKeyFile?: string
}

/** Opens the store, making it at the first start. */
export async function openAgentStore(options: AgentStoreOptions): Promise<AgentStore> {
  const { disk, random } = options
  const directory = join(options.dataDir, 'agent')
  const generationsDirectory = join(directory, 'generations')
  await coded('make', directory, async () => {
    await disk.ensureDir(directory, 0o700)
    await disk.ensureDir(generationsDirectory, 0o700)
  })
  const identity = await coded('read', directory, () => loadIdentity(disk, directory, random))
  const sealKey = await coded('read', directory, () =>
    loadSealKey(disk, directory, random, options.sealKeyFile),
  )
  const stateFile = createStateFile(disk, directory, sealKey, random)
  const found = await coded('read', directory, () => stateFile.read())
  const generations = createGenerationFiles(disk, generationsDirectory, sealKey, random)
  return new DiskAgentStore(identity, generations, stateFile, found)
}

class DiskAgentStore implements AgentStore {
  readonly identity: KeyPair
  readonly generations: GenerationFiles
  readonly recovered: boolean
  readonly #file: StateFile
  #state: NodeState
  #counter: number
  #waiting: Change[] = []
  #writing: Promise<void> | undefined

  constructor(
    identity: KeyPair,
    generations: GenerationFiles,
    file: StateFile,
    found: { readonly counter: number; readonly state: NodeState; readonly recovered: boolean },
  ) {
    this.identity = identity
    this.generations = generations
    this.recovered = found.recovered
    this.#file = file
    // The lost copy, if there was one, counted one higher; the next write must be newer than it.
    this.#counter = found.recovered ? found.counter + 2 : found.counter
    this.#state = found.recovered ? leapt(found.state) : found.state
  }

  get state(): NodeState {
    return this.#state
  }

  update(change: (state: NodeState) => NodeState): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown): void => (error === undefined ? resolve() : reject(error))
      this.#waiting.push({ change, settle })
      this.#writing ??= this.#write()
    })
  }

  async settled(): Promise<void> {
    await this.#writing
  }

  async collect(isNeeded: (digest: Digest) => boolean): Promise<readonly Digest[]> {
    const removed: Digest[] = []
    for (const digest of await this.generations.list()) {
      if (isNeeded(digest)) continue
      await this.generations.remove(digest)
      removed.push(digest)
    }
    return removed
  }

  /** One writer at a time; what came while it wrote goes into the next write together. */
  async #write(): Promise<void> {
    // What else is asked for in this moment goes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const { next, taken } = applied(this.#state, batch)
      try {
        if (taken.length > 0) await this.#file.write({ counter: this.#counter + 1, state: next })
        this.#counter += taken.length > 0 ? 1 : 0
        this.#state = next
        for (const { settle } of taken) settle()
      } catch (cause) {
        const error = diskError('write', 'the agent state', cause)
        for (const { settle } of taken) settle(error)
      }
    }
    this.#writing = undefined
  }
}

interface Change {
  readonly change: (state: NodeState) => NodeState
  readonly settle: (error?: unknown) => void
}

/** The state with every change of the batch; one that refuses is told so and harms no other. */
function applied(state: NodeState, batch: readonly Change[]): { next: NodeState; taken: readonly Change[] } {
  let next = state
  const taken = batch.filter(({ change, settle }) => {
    try {
      next = change(next)
      return true
    } catch (error) {
      settle(error)
      return false
    }
  })
  return { next, taken }
}

function leapt(state: NodeState): NodeState {
  const groups = state.groups.map(group => ({ ...group, activation: group.activation + RECOVERY_LEAP }))
  return { ...state, boot: state.boot + RECOVERY_LEAP, groups }
}

async function coded<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw diskError(verb, path, cause)
  }
}

function diskError(verb: string, what: string, cause: unknown): KonorError {
  if (isKonorError(cause)) return cause
  return new KonorError('KONOR_AGENT_DISK', `cannot ${verb} ${what}: check space and permissions`, { cause })
}
