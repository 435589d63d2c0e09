import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/** Lines of a child's output that are kept for the message when it ends before its time. */
const LINES_KEPT_MAX = 20

/** A separate operating system process of the demo. */
export interface DemoProcess {
  readonly name: string
  readonly pid: number
  readonly running: boolean
  /** The last lines it wrote, for people. */
  readonly tail: readonly string[]
  /** Asks it to end (SIGTERM), and makes it (SIGKILL) when it takes longer than `graceMs`. */
  stop(graceMs: number): Promise<void>
}

export interface DemoProcessOptions {
  readonly name: string
  /** The program and its arguments, run by this very Node. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  onLine(line: string): void
}

export function startDemoProcess({ name, args, env, onLine }: DemoProcessOptions): DemoProcess {
  const child = spawn(process.execPath, args, {
    // Of our own environment only what a program needs to run: a KONOR_ variable of the user's is not the demo's.
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const tail: string[] = []
  const keep = (line: string): void => {
    tail.push(line)
    if (tail.length > LINES_KEPT_MAX) tail.shift()
  }
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  eachLine(child.stdout, line => {
    keep(line)
    onLine(line)
  })
  eachLine(child.stderr, keep)
  if (child.pid === undefined) throw new KonorError('KONOR_CLI_DEMO_FAILED', `${name} could not be started`)
  return {
    name,
    pid: child.pid,
    tail,
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    stop: graceMs => stop(child, exited, graceMs),
  }
}

async function stop(child: ChildProcess, exited: Promise<void>, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await exited
  clearTimeout(timer)
}

function ownEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('KONOR_')) kept[name] = value
  }
  return kept
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}
