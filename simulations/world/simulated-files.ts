import { dirname } from 'node:path'
import type { FileSystem, OpenFile } from '../../runtime/ports/file-system.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Program } from './program.ts'
import type { World } from './world.ts'

/** What the disk loses or keeps as one piece. */
const PAGE_BYTES = 4_096

/** What a program does with a disk, one after the other, to keep something: a machine may lose power at each. */
export const DISK_STEPS = ['write', 'sync', 'rename', 'sync-dir'] as const
export type DiskStep = (typeof DISK_STEPS)[number]

interface Node {
  /** Rises with every write on the machine. */
  written: number
  /** As programs see it. */
  cached: Uint8Array
  /** As the platters have it; undefined when they have nothing of it. */
  durable: Uint8Array | undefined
  mode: number
}

interface Directory {
  readonly cached: Map<string, Node>
  durable: Map<string, Node>
}

/** How a disk behaves now. Faults change it. */
export interface DiskConditions {
  /** Mean time of a sync, exponentially distributed. */
  syncMs: number
  /** Error code that every write or sync ends with (`ENOSPC`, `EIO`); undefined when it works. */
  failsWith: string | undefined
  /** Says that it has synced and has not. */
  lies: boolean
}

export const GOOD_DISK: Readonly<DiskConditions> = { syncMs: 1, failsWith: undefined, lies: false }

/**
 * The files of one machine, with a cache between programs and platters. What is written is in the cache; `sync` brings
 * a file's bytes down, `syncDir` its names. Without power, each page and each name that was not brought down is there
 * or not as chance has it: so writes are lost, torn and reordered exactly as far as no sync forbids it.
 */
export class SimulatedFiles {
  readonly conditions: DiskConditions = { ...GOOD_DISK }
  readonly #world: World
  readonly #machine: string
  readonly #directories = new Map<string, Directory>()
  readonly #random: SeededRandom
  #writes = 0
  /** Called at each step: a write and a rename are in the cache by then, a sync has brought nothing down yet. */
  onStep: (step: DiskStep) => void = () => {}

  constructor(world: World, machine: string) {
    this.#world = world
    this.#machine = machine
    this.#random = world.random(`disk ${machine}`)
  }

  /** The file system as one program uses it: nothing is begun or heard of once that is gone. */
  asSeenBy(program: Program): FileSystem {
    const at = <T>(work: () => T): Promise<T> => this.#operation(program, 0, work)
    const synced = (step: DiskStep, work: () => void): Promise<void> =>
      this.#operation(program, this.#syncDelayMs(), () => {
        this.onStep(step)
        if (!program.isAlive) return
        this.#mayFail()
        if (!this.conditions.lies) work()
      })
    const open = (node: Node): OpenFile => ({
      size: () => at(() => node.cached.length),
      read: () => at(() => node.cached.slice()),
      write: bytes => at(() => this.#write(node, bytes)),
      sync: () => synced('sync', () => void (node.durable = node.cached.slice())),
      close: async () => {},
    })
    return {
      makeDir: path => at(() => this.#makeDir(path)),
      changeMode: () => at(() => {}),
      open: path => at(() => this.#find(path)).then(node => node && open(node)),
      create: (path, mode) => at(() => this.#create(path, mode)).then(open),
      rename: (from, to) => at(() => this.#rename(from, to)),
      remove: path => at(() => void this.#directories.get(dirname(path))?.cached.delete(path)),
      list: path => at(() => this.#list(path)),
      mode: path => at(() => this.#find(path)?.mode ?? (this.#directories.has(path) ? 0o700 : undefined)),
      syncDir: path =>
        synced('sync-dir', () => {
          const directory = this.#directories.get(path)
          if (directory !== undefined) directory.durable = new Map(directory.cached)
        }),
    }
  }

  /** Whether a file of that name would outlive a loss of power now, all of it. */
  isDurable(name: string): boolean {
    return [...this.#directories.values()].some(({ durable }) =>
      [...durable].some(
        ([path, { cached, durable: bytes }]) =>
          path.endsWith(`/${name}`) && bytes !== undefined && Buffer.compare(bytes, cached) === 0,
      ),
    )
  }

  /** Forgets what no sync has brought down, as chance has it. */
  losePower(): void {
    for (const directory of this.#directories.values()) {
      for (const path of new Set([...directory.cached.keys(), ...directory.durable.keys()])) {
        const [cached, durable] = [directory.cached.get(path), directory.durable.get(path)]
        const kept = cached === durable || this.#random.fraction() < 0.5 ? cached : durable
        if (kept === undefined) directory.durable.delete(path)
        else directory.durable.set(path, kept)
      }
      directory.cached.clear()
      for (const [path, node] of directory.durable) directory.cached.set(path, node)
    }
    const nodes = new Set([...this.#directories.values()].flatMap(({ durable }) => [...durable.values()]))
    for (const node of nodes) {
      node.durable = this.#afterPowerLoss(node)
      node.cached = node.durable.slice()
    }
  }

  /** Turns one bit of one stored file, as a bad sector does; answers which file it was. */
  rot(isVictim: (path: string) => boolean): string | undefined {
    const files = this.#stored(isVictim)
    const [path, node] = files[this.#random.integer(Math.max(1, files.length))] ?? []
    return this.#rot(path, node)
  }

  /** As `rot`, of the file that was written last. */
  rotNewest(isVictim: (path: string) => boolean): string | undefined {
    const [newest] = this.#stored(isVictim).toSorted(([, a], [, b]) => b.written - a.written)
    return this.#rot(newest?.[0], newest?.[1])
  }

  #stored(isVictim: (path: string) => boolean): readonly (readonly [string, Node])[] {
    return [...this.#directories.values()]
      .flatMap(({ durable }) => [...durable])
      .filter(([path, node]) => isVictim(path) && (node.durable?.length ?? 0) > 0)
  }

  #rot(path: string | undefined, node: Node | undefined): string | undefined {
    if (path === undefined || node?.durable === undefined) return undefined
    const at = this.#random.integer(node.durable.length)
    const bit = 1 << this.#random.integer(8)
    node.durable[at] = (node.durable[at] ?? 0) ^ bit
    if (at < node.cached.length) node.cached[at] = (node.cached[at] ?? 0) ^ bit
    return path
  }

  #operation<T>(program: Program, delayMs: number, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!program.isAlive) return
      const settle = (): void => {
        try {
          resolve(work())
        } catch (error) {
          reject(error as Error)
        }
      }
      if (delayMs === 0) settle()
      else program.later(delayMs, settle)
    })
  }

  #syncDelayMs(): number {
    return 0.05 + this.#world.around(this.#random, this.conditions.syncMs)
  }

  #mayFail(): void {
    const { failsWith } = this.conditions
    if (failsWith === undefined) return
    throw Object.assign(new Error(`${failsWith}: the disk of ${this.#machine}`), { code: failsWith })
  }

  #write(node: Node, bytes: Uint8Array): void {
    this.#mayFail()
    // What is longer than before hides all of it.
    const next = new Uint8Array(node.cached.length > bytes.length ? node.cached : bytes)
    if (next.length > bytes.length) next.set(bytes)
    node.cached = next
    node.written = ++this.#writes
    this.onStep('write')
    this.#world.trace.note(this.#world.nowMs, 'disk', this.#machine, bytes)
  }

  #afterPowerLoss({ cached, durable = new Uint8Array(0) }: Node): Uint8Array {
    const kept = new Uint8Array(
      cached.length === durable.length ? cached.length : this.#either(cached, durable),
    )
    for (let at = 0; at < kept.length; at += PAGE_BYTES) {
      const old = durable.subarray(at, at + PAGE_BYTES)
      const fresh = cached.subarray(at, at + PAGE_BYTES)
      const page = Buffer.compare(old, fresh) === 0 || this.#random.fraction() < 0.5 ? fresh : old
      kept.set(page.subarray(0, kept.length - at), at)
    }
    return kept
  }

  #either(one: Uint8Array, other: Uint8Array): number {
    return this.#random.fraction() < 0.5 ? one.length : other.length
  }

  #find(path: string): Node | undefined {
    return this.#directories.get(dirname(path))?.cached.get(path)
  }

  #create(path: string, mode: number): Node {
    this.#mayFail()
    const node: Node = { cached: new Uint8Array(0), durable: undefined, mode, written: 0 }
    this.#directoryOf(path).cached.set(path, node)
    return node
  }

  #rename(from: string, to: string): void {
    this.#mayFail()
    const node = this.#find(from)
    if (node === undefined) throw Object.assign(new Error(`ENOENT: ${from}`), { code: 'ENOENT' })
    this.#directoryOf(from).cached.delete(from)
    this.#directoryOf(to).cached.set(to, node)
    this.onStep('rename')
  }

  #list(path: string): string[] | undefined {
    const directory = this.#directories.get(path)
    return directory && [...directory.cached.keys()].map(file => file.slice(path.length + 1))
  }

  /** Directories themselves are kept: what is told here is the names within them. */
  #makeDir(path: string): string | undefined {
    if (this.#directories.has(path)) return undefined
    let first = path
    for (let at = path; at !== dirname(at) && !this.#directories.has(at); at = dirname(at)) {
      this.#directories.set(at, { cached: new Map(), durable: new Map() })
      first = at
    }
    return first
  }

  #directoryOf(path: string): Directory {
    const directory = this.#directories.get(dirname(path))
    if (directory === undefined)
      throw Object.assign(new Error(`ENOENT: ${dirname(path)}`), { code: 'ENOENT' })
    return directory
  }
}
