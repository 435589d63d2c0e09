import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'

/** Where figures were measured: they mean nothing without it. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** Type of the file system that holds every data directory of the run. */
  readonly fileSystem: string
  /** Programs that wanted a processor in the minute before: over the number of cores, others disturbed the run. */
  readonly loadBefore: number
}

/** The machine in one line. */
export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGiB, kernel, node, fileSystem, loadBefore } = machine
  const load = `load before ${loadBefore.toFixed(1)}`
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, kernel ${kernel}, Node ${node}, ${fileSystem}, ${load}`
}

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    fileSystem: fileSystemOf(tmpdir()),
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** The file system whose mount point is the longest that holds the directory; Linux alone tells. */
function fileSystemOf(directory: string): string {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map(line => line.split(' '))
      .filter(([, point = '?']) => `${directory}/`.startsWith(point.endsWith('/') ? point : `${point}/`))
    const [best] = mounts.sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))
    return best?.[2] ?? 'unknown'
  } catch {
    // No /proc: the figures are none the worse, their reader knows less.
    return 'unknown'
  }
}
