import { open } from 'node:fs/promises'

/** Makes the names in a directory durable: a synced file whose name is lost is a lost file. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
