/** Who may import whom. The first layer whose folder holds a file is the one that counts for it. */
export interface Layer {
  readonly folder: string
  /** Folders, besides its own, that files of the layer may import. */
  readonly mayImport: readonly string[]
  /** Packages it may import; left out: any that package.json lists as a dependency. */
  readonly packages?: readonly string[]
  /** Sub-folders are strangers to one another: each may import only itself and `mayImport`. */
  readonly separate?: boolean
  readonly why: string
}

/** Pure code: it runs in the fold and in the browser, and is tested without any host. */
const PURE: readonly string[] = []

export const LAYERS: readonly Layer[] = [
  {
    folder: 'actors/vocabulary',
    mayImport: [],
    packages: PURE,
    why: 'The vocabulary is what all layers share: it depends on nothing.',
  },
  {
    folder: 'actors',
    mayImport: ['actors/vocabulary'],
    packages: PURE,
    separate: true,
    why: 'An actor is a pure machine that knows others by address and event only, never by import.',
  },
  {
    folder: 'policies',
    mayImport: ['actors/vocabulary'],
    packages: PURE,
    why: 'A policy is data: it names guards and actions of its vocabulary and imports no machinery.',
  },
  {
    folder: 'runtime/ports',
    mayImport: ['actors/vocabulary'],
    why: 'A port is what the cores need of the world: it knows neither the cores nor who composes them.',
  },
  {
    folder: 'runtime/cli',
    mayImport: ['actors', 'policies', 'runtime', 'agent', 'simulations'],
    why: 'The command line composes central, agent and simulator: what ships, nothing that only tests.',
  },
  {
    folder: 'runtime',
    mayImport: ['actors', 'policies'],
    why: 'Central speaks with agents over links; their code is not its own.',
  },
  {
    folder: 'agent/sdk',
    mayImport: ['actors/vocabulary', 'agent/socket', 'runtime/ports'],
    packages: PURE,
    why: 'The SDK lives in other people’s processes: it brings no package and no server with it.',
  },
  {
    folder: 'agent',
    mayImport: [
      'actors/vocabulary',
      'runtime/analytics/statistics-codec.ts',
      'runtime/gossip',
      'runtime/links',
      'runtime/manifest/bundle',
      'runtime/planner',
      'runtime/ports',
    ],
    why: 'An agent needs links, gossip, ports and the canonical form of bundles; it must work with central away.',
  },
  {
    folder: 'simulations',
    mayImport: ['actors', 'policies', 'runtime', 'agent'],
    why: 'Simulations see everything.',
  },
  {
    folder: 'docs/examples',
    mayImport: ['agent/sdk', 'policies'],
    why: 'An example shows what users can import: the SDK and the kit for policies.',
  },
]

/** Packages that one folder alone may know, so that replacing one is a change in one place. */
export const DOORS: Readonly<Record<string, string>> = {
  '@fastify/rate-limit': 'runtime/api',
  '@fastify/swagger': 'runtime/api',
  '@hyperswarm/secret-stream': 'runtime/links',
  commander: 'runtime/cli',
  fastify: 'runtime/api',
  pino: 'runtime/ports/node',
  sqlite3: 'runtime/journal',
  xstate: 'runtime/kernel',
}

/** The folders of `simulations` that ship: `konor simulate` is a verb like any other. */
const SHIPPED_SIMULATIONS = [
  'world',
  'cluster',
  'faults',
  'workload',
  'checkers',
  'paper',
  'run',
  'story',
  'scenarios',
  'fork',
  'rehearsal',
].map(name => `simulations/${name}/`)

/** What runs only to test: it may import anything, and nothing that ships may import it. */
export function isTestOnly(path: string): boolean {
  return (
    /\.(test|test\.kit|bench)\.ts$/.test(path) ||
    /(^|\/|-)conformance[^/]*\.ts$/.test(path) ||
    (path.startsWith('simulations/') && !SHIPPED_SIMULATIONS.some(folder => path.startsWith(folder)))
  )
}
