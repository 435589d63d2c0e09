import { spawn } from 'node:child_process'

/** What is kept of a command's output: its end, where verdicts stand. */
const OUTPUT_CHARACTERS_MAX = 256 * 1024

export interface KillerRun {
  /** Null when it was stopped because its time was up. */
  readonly code: number | null
  readonly output: string
  readonly durationMs: number
}

/** Runs a shell command in a directory, in a process group of its own, which is killed when its time is up. */
export function runKiller(command: string, directory: string, timeoutMs: number): Promise<KillerRun> {
  const startedAtMs = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
    const end = (): void => killGroup(child.pid)
    process.once('exit', end)
    let output = ''
    let isLate = false
    const keep = (text: string): void => {
      output = (output + text).slice(-OUTPUT_CHARACTERS_MAX)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const timer = setTimeout(() => {
      isLate = true
      killGroup(child.pid)
    }, timeoutMs)
    child.once('error', reject)
    child.once('close', code => {
      clearTimeout(timer)
      process.off('exit', end)
      // Whatever the command started and left behind.
      killGroup(child.pid)
      resolve({ code: isLate ? null : (code ?? 1), output, durationMs: performance.now() - startedAtMs })
    })
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (thrown) {
    const isGone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH'
    if (!isGone) throw thrown
  }
}
