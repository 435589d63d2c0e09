import { isTestOnly } from './layers.ts'
import { lineAt } from './imports.ts'
import { isInside } from './is-inside.ts'
import type { SourceFile } from './project-files.ts'

/** One thing of the outside world that a core must not touch, and where a core gets it from instead. */
interface WorldThing {
  readonly pattern: RegExp
  readonly instead: string
}

const WORLD: readonly WorldThing[] = [
  {
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)/g,
    instead: 'the clock port (`wallMs`)',
  },
  {
    pattern: /\bperformance\.(now|timeOrigin)\b|\bprocess\.hrtime\b/g,
    instead: 'the clock port (`monotonicMs`)',
  },
  {
    pattern: /(?<![.\w#])set(Timeout|Interval|Immediate)\b(?!\s*[:(].*\{$)/gm,
    instead: 'the clock port (`startTimer`)',
  },
  { pattern: /\bMath\.random\b/g, instead: 'the random port (`fraction`)' },
  {
    pattern: /\b(randomUUID|randomBytes|randomInt|getRandomValues)\b/g,
    instead: 'the random port (`bytes`)',
  },
  {
    pattern:
      /(?<![.\w#])process\.(env|argv|on|once|off|exit|exitCode|kill|cwd|platform|std(in|out|err)|execPath|getuid|uptime|memoryUsage|umask|title|versions?)\b/g,
    instead: 'an argument that the host fills in',
  },
]

const WORLD_MODULES =
  /^node:(fs|net|tls|dgram|dns|http|https|http2|os|child_process|cluster|worker_threads|timers|perf_hooks|process|readline|tty|repl)(\/.*)?$/

/**
 * The hosts and adapters: where the product meets the operating system. Everything else is a core that the
 * simulator runs with a clock, a disk and a network of its own, so each entry here is a piece that it cannot
 * run.
 */
export const ADAPTERS: Readonly<Record<string, string>> = {
  'agent/agent-host.ts': 'the machine of an agent: its name, its platform, its directory',
  'agent/run': 'starts and signals the command of `konor run`',
  'agent/sdk': 'runs in the processes of users: connects to the socket, reads KONOR_SOCKET',
  'agent/vitals/node-gauge.ts': 'what a process measures of itself and its machine',
  'agent/socket': 'the Unix socket of a node',
  'docs/examples': 'programs of users',
  'runtime/analytics/sqlite': 'the history of health on a disk',
  'runtime/api': 'the HTTP server',
  'runtime/central': 'composes a central: its directory, its keys, its listeners',
  'runtime/cli': 'programs that people start',
  'runtime/gossip/udp/gossip-address.ts': 'what is an IP address',
  'runtime/gossip/udp/node-sockets.ts': 'the sockets and the event loop of a gossip member',
  'runtime/journal/backup.ts': 'copies of the journal on a disk',
  'runtime/journal/compact.ts': 'archived segments on a disk',
  'runtime/journal/restore.ts': 'copies of the journal on a disk',
  'runtime/journal/segment-file.ts': 'archived segments on a disk',
  'runtime/journal/sqlite': 'the journal on a disk',
  'runtime/journal/sync-directory.ts': 'the journal on a disk',
  'runtime/links/guarded-socket.ts': 'TCP sockets',
  'runtime/links/noise-link.ts': 'a secret stream over a TCP socket',
  'runtime/links/tcp-dial.ts': 'TCP sockets',
  'runtime/links/tcp-server.ts': 'TCP sockets',
  'runtime/ports/node': 'the ports as Node gives them',
  'simulations/world/drain-microtasks.ts': 'lets the event loop turn between two events of a simulation',
}

/** Every touch of the outside world in a core, as `FILE:LINE uses THING: use INSTEAD`. */
export function checkWorldAccess(files: readonly SourceFile[]): string[] {
  return files.filter(file => !isTestOnly(file.path) && adapterOf(file.path) === undefined).flatMap(touchesOf)
}

/** Entries of the list that no file needs any more: the list only ever shrinks. */
export function findIdleAdapters(files: readonly SourceFile[]): string[] {
  const needed = new Set(files.filter(file => touchesOf(file).length > 0).map(file => adapterOf(file.path)))
  return Object.keys(ADAPTERS).filter(
    adapter => files.some(file => isInside(file.path, adapter)) && !needed.has(adapter),
  )
}

function adapterOf(path: string): string | undefined {
  return Object.keys(ADAPTERS).find(adapter => isInside(path, adapter))
}

function touchesOf(file: SourceFile): string[] {
  const globals = WORLD.flatMap(({ pattern, instead }) =>
    [...file.code.matchAll(pattern)].map(
      match => `${file.path}:${lineAt(file.text, match.index)} uses ${match[0]}: use ${instead}`,
    ),
  )
  const modules = file.imports
    .filter(found => !found.typeOnly && WORLD_MODULES.test(found.target))
    .map(found => `${file.path}:${found.line} imports ${found.target}: define or use a port in runtime/ports`)
  return [...globals, ...modules]
}
