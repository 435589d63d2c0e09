/**
 * The little that is needed of a file system, with durability spelt out so that a simulated one can lose what was not
 * synced. Paths are absolute. Every failure but "not there" throws the host's own error (`ENOSPC`, `EACCES`, `EIO`).
 */
export interface Disk {
  /**
   * Makes the directory and its parents when missing, and gives the last one `mode`. Durable when it resolves, with
   * every name that is in it by then, whoever put it there.
   */
  ensureDir(path: string, mode: number): Promise<void>
  /** The whole file; undefined when there is none. A file longer than `sizeBytesMax` throws. */
  readFile(path: string, sizeBytesMax: number): Promise<Uint8Array | undefined>
  /**
   * Replaces the file as a whole: temporary file, fsync, rename, fsync of the directory. When it resolves the new
   * bytes survive a power cut; when it throws, or the machine dies on the way, the old or the new file is there whole.
   */
  writeFileAtomic(path: string, bytes: Uint8Array, mode: number): Promise<void>
  /**
   * Writes over the beginning of a file and syncs the data: a fraction of what replacing it costs. What stands behind
   * stays. Not atomic: a crash on the way may leave a mixture of old and new. A missing file is made whole, as
   * `writeFileAtomic` does it.
   */
  overwriteFile(path: string, bytes: Uint8Array, mode: number): Promise<void>
  /** Removes a file; fine when there is none. Not synced: after a crash the file may be back. */
  remove(path: string): Promise<void>
  /** Names in a directory, sorted, without what an interrupted `writeFileAtomic` left; empty when it is missing. */
  list(path: string): Promise<readonly string[]>
  /** Permission bits of a file; undefined when there is none. */
  mode(path: string): Promise<number | undefined>
}
