import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { needSystemProgram } from '../kit/system-program.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'

const run = promisify(execFile)

/** Namespaces that begin so are ours, and nobody else's are ever touched: `konor-lab-PID-SECONDS-NAME`. */
const PREFIX = 'konor-lab-'
/** A namespace whose maker is gone is swept when it is older than this: it may just be going. */
const STALE_AFTER_S = 60

const made = new Set<string>()
let watching = false
let count = 0

/** Either a maker of network namespaces, or a sentence that says why there can be none here. */
export type Namespaces =
  | { readonly missing: string; readonly make?: never }
  | { readonly make: (t: TeardownContext) => Promise<string>; readonly missing?: never }

/** Whether this process may make network namespaces: on Linux, as root, where the machine lets it. */
export async function findNamespaces(): Promise<Namespaces> {
  const ip = await needSystemProgram('ip')
  if (ip.path === undefined) return { missing: ip.missing }
  const trial = `${PREFIX}${process.pid}-${seconds()}-trial`
  try {
    await run('ip', ['netns', 'add', trial])
    await run('ip', ['netns', 'del', trial])
  } catch (error) {
    return { missing: `Network namespaces cannot be made here (Linux and root): ${String(error)}` }
  }
  await sweepStale()
  return { make: makeNamespace }
}

/** The command that runs a program inside a namespace; by itself where there is none. The process id stays the same. */
export function insideNamespace(
  namespace: string | undefined,
  file: string,
  args: readonly string[],
): readonly [file: string, args: readonly string[]] {
  return namespace === undefined ? [file, args] : ['ip', ['netns', 'exec', namespace, file, ...args]]
}

/** A namespace of its own with a loopback that is up. It is removed with the context, or with this process. */
async function makeNamespace(t: TeardownContext): Promise<string> {
  const name = `${PREFIX}${process.pid}-${seconds()}-${count++}`
  removeAtExit()
  made.add(name)
  await run('ip', ['netns', 'add', name])
  t.teardown(() => {
    remove(name)
    made.delete(name)
  })
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  return name
}

function removeAtExit(): void {
  if (watching) return
  watching = true
  process.once('exit', () => made.forEach(remove))
}

function remove(name: string): void {
  spawnSync('ip', ['netns', 'del', name])
}

/** Removes what runs that were killed have left behind. */
async function sweepStale(): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'list'])
  for (const line of stdout.split('\n')) {
    const match = /^(konor-lab-(\d+)-(\d+)-\w+)/.exec(line)
    if (match === null) continue
    const [, name = '', pid, madeAt] = match
    const isOld = seconds() - Number(madeAt) > STALE_AFTER_S
    if (isOld && !existsSync(`/proc/${pid}`)) remove(name)
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}
