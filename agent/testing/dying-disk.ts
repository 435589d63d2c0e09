import type { Disk } from '../../runtime/ports/disk.ts'
import { nodeDisk } from '../../runtime/ports/node/node-disk.ts'

/** How the last write before a machine dies ends. */
export type Death = 'before' | 'torn' | 'after'

/** A disk that dies at its nth change and takes none from then on. What was durable before is what a restart finds. */
export class DyingDisk implements Disk {
  /** Changes that were asked for so far. */
  changes = 0
  readonly #diesAt: number
  readonly #death: Death

  constructor(diesAt: number, death: Death) {
    this.#diesAt = diesAt
    this.#death = death
  }

  get isDead(): boolean {
    return this.changes >= this.#diesAt
  }

  ensureDir(path: string, mode: number): Promise<void> {
    return nodeDisk.ensureDir(path, mode)
  }

  readFile(path: string, sizeBytesMax: number): Promise<Uint8Array | undefined> {
    return nodeDisk.readFile(path, sizeBytesMax)
  }

  list(path: string): Promise<readonly string[]> {
    return nodeDisk.list(path)
  }

  mode(path: string): Promise<number | undefined> {
    return nodeDisk.mode(path)
  }

  writeFileAtomic(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    return this.#change(() => nodeDisk.writeFileAtomic(path, bytes, mode))
  }

  overwriteFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    const torn = async (): Promise<void> => {
      // Only what is written over can be torn; of the block no more than its beginning reached the disk.
      if ((await nodeDisk.mode(path)) === undefined) return
      await nodeDisk.overwriteFile(path, bytes.subarray(0, 60), mode)
    }
    return this.#change(() => nodeDisk.overwriteFile(path, bytes, mode), torn)
  }

  remove(path: string): Promise<void> {
    return this.#change(() => nodeDisk.remove(path))
  }

  async #change(work: () => Promise<void>, torn?: () => Promise<void>): Promise<void> {
    this.changes++
    if (!this.isDead) return work()
    if (this.changes === this.#diesAt && this.#death === 'torn') await torn?.()
    if (this.changes === this.#diesAt && this.#death === 'after') await work()
    throw Object.assign(new Error('the disk is dead'), { code: 'EIO' })
  }
}
