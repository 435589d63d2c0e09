import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import type { TeardownContext } from './teardown-context.ts'
import { tempDir } from './temp-dir.ts'
import { testWithout } from './test-with.ts'

const run = promisify(execFile)
const SMALL_DISK_BYTES = 24 * 1024 * 1024

/**
 * Declares tests with a disk that fills up without harming anybody, which only those can have who may mount; see
 * `testWithout` for the others.
 */
export const testWithSmallDisk = (await canMount())
  ? test
  : testWithout('A disk that fills up needs `mount -t tmpfs`: run as root on Linux.')

/** A file system of 24 MiB of this test alone. */
export async function smallDisk(t: TeardownContext): Promise<string> {
  const disk = join(tempDir(t), 'disk')
  mkdirSync(disk)
  await mount(disk)
  t.teardown(() => run('umount', ['--lazy', disk]).then(() => undefined))
  return disk
}

async function mount(disk: string): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_BYTES}`, 'tmpfs', disk])
}

async function canMount(): Promise<boolean> {
  const teardowns: (() => void | Promise<void>)[] = []
  const disk = join(tempDir({ teardown: fn => void teardowns.push(fn) }), 'disk')
  mkdirSync(disk)
  try {
    await mount(disk)
    await run('umount', [disk])
    return true
  } catch {
    return false
  } finally {
    rmSync(disk, { recursive: true, force: true })
    for (const teardown of teardowns) await teardown()
  }
}
