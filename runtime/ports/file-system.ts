/** A file that is open; nothing is durable before `sync`. */
export interface OpenFile {
  size(): Promise<number>
  /** All of it. */
  read(): Promise<Uint8Array>
  /** Writes from the beginning of the file; what stands behind stays. */
  write(bytes: Uint8Array): Promise<void>
  /** The content is durable when it resolves; a name that is new is so only by `syncDir`. */
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * A file system with its weaknesses: what is written lies in a cache until it is synced, and a name in a directory is
 * durable by a sync of that directory alone. `Disk` is made of it, so that the simulator can lose and damage what a
 * machine loses, below the logic that ships.
 */
export interface FileSystem {
  /** Makes the directory and its parents with `mode`; answers the outermost that was missing. */
  makeDir(path: string, mode: number): Promise<string | undefined>
  changeMode(path: string, mode: number): Promise<void>
  /** `create` makes it empty, whatever was there; the others answer undefined when it is not there. */
  open(path: string, how: 'read' | 'update'): Promise<OpenFile | undefined>
  create(path: string, mode: number): Promise<OpenFile>
  /** Atomic: the name is the one file or the other. */
  rename(from: string, to: string): Promise<void>
  /** Fine when it is not there. */
  remove(path: string): Promise<void>
  /** Names in a directory, in no order; undefined when it is missing. */
  list(path: string): Promise<readonly string[] | undefined>
  /** Permission bits; undefined when it is missing. */
  mode(path: string): Promise<number | undefined>
  syncDir(path: string): Promise<void>
}
