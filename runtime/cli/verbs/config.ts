import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { HistoryView, JobView, KeyView } from '../../engine/views.ts'
import { type Client, jsonBody } from '../client/client.ts'
import { RemoteError } from '../client/remote-error.ts'
import { finishWrite } from '../follow-job.ts'
import { configRoute } from '../kinds.ts'
import { type EntryRow, entryColumns, historyColumns } from '../output/columns.ts'
import { listOf } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { openSession, type Session } from '../session.ts'
import { teach } from '../teach.ts'

interface WriteOptions {
  readonly wait?: boolean
  readonly string?: boolean
  readonly ifVersion?: string
}

export function declareConfig(program: Command): void {
  const config = program.command('config').summary('read and change single keys')
  config.description('Reads and changes keys of a ConfigSet without a manifest. Every change is a job.')
  declareRead(config)
  declareWrites(config)
  teach(config, {
    examples: [
      ['konor config set /teams/payments rate-limit=1000 --wait', 'change one key and watch it roll'],
    ],
    next: 'konor rollout status GROUP.',
  })
}

function declareRead(config: Command): void {
  const get = config
    .command('get')
    .summary('the keys of a path, or the value of one key')
    .argument('<path>', 'PATH lists its keys; PATH/KEY prints the value alone')
    .option('--at <version>', 'an older version')
    .action(async (path: string, options: { readonly at?: string }, command: Command) => {
      const session = await openSession(command)
      return printConfig(session, session.client(), path, options.at)
    })
  teach(get, {
    examples: [
      ['konor config get /teams/payments', 'all keys'],
      ['konor config get /teams/payments/rate-limit', 'one value, as it stands'],
    ],
    next: 'konor config set PATH KEY=VALUE.',
  })

  const history = config
    .command('history')
    .summary('the versions of a path, newest first')
    .argument('<path>', 'the path of a ConfigSet')
    .action(async (path: string, _options: object, command: Command) => {
      const session = await openSession(command)
      const route = `/api/v1/history${configRoute(path).slice('/api/v1/config'.length, -1)}`
      const versions = await session.client().list<HistoryView>(route)
      await session.print(listOf(versions, historyColumns, ({ version }) => `configset${path}@${version}`))
    })
  teach(history, {
    examples: [['konor config history /teams/payments', 'who changed it, and when']],
    next: 'konor config get PATH --at N.',
  })
}

function declareWrites(config: Command): void {
  const set = config
    .command('set')
    .summary('set keys, all in one job')
    .argument('<path>', 'the path of a ConfigSet')
    .argument('<entries...>', 'KEY=VALUE; the value is JSON where it reads as JSON, text otherwise')
    .option('--string', 'take every value as text')
    .option('--if-version <version>', 'only when the path still has this version')
    .option('--wait', 'follow the job to its end')
    .action(async (path: string, entries: readonly string[], options: WriteOptions, command: Command) =>
      change(command, path, { set: parseEntries(entries, options.string === true), remove: [] }, options),
    )
  teach(set, {
    examples: [
      ['konor config set /teams/payments rate-limit=1000 region=eu', 'a number and a text'],
      ['konor config set /teams/payments --string pin=0042', 'a text that looks like a number'],
    ],
    next: 'konor rollout status GROUP.',
  })

  const rm = config
    .command('rm')
    .summary('remove keys, all in one job')
    .argument('<path>', 'the path of a ConfigSet')
    .argument('<keys...>', 'keys to remove')
    .option('--if-version <version>', 'only when the path still has this version')
    .option('--wait', 'follow the job to its end')
    .action(async (path: string, keys: readonly string[], options: WriteOptions, command: Command) =>
      change(command, path, { set: {}, remove: keys }, options),
    )
  teach(rm, {
    examples: [['konor config rm /teams/payments old-limit', 'its tombstone reaches the nodes']],
    next: 'konor rollout status GROUP.',
  })
}

/** A path lists its keys; what is no path may be a key of the path above it. A slash at the end means the path. */
async function printConfig(session: Session, client: Client, path: string, version?: string): Promise<void> {
  try {
    const entries = await client.list<EntryRow>(configRoute(path), { version })
    const data = Object.fromEntries(entries.map(({ key, value }) => [key, value]))
    const names = entries.map(({ key }) => `${path.replace(/\/$/, '')}/${key}`)
    return await session.print({ data, names, text: isWide => renderTable(entries, entryColumns, isWide) })
  } catch (error) {
    const isAbsent = error instanceof RemoteError && error.problem.status === 404
    if (!isAbsent || path.endsWith('/') || path.lastIndexOf('/') <= 0) throw error
  }
  const view = await client.get<KeyView>(configRoute(path).slice(0, -1), { version })
  const text = typeof view.value === 'string' ? view.value : JSON.stringify(view.value)
  await session.print({ data: view, names: [path], text: () => `${text}\n` })
}

async function change(
  command: Command,
  path: string,
  entries: { readonly set: Readonly<Record<string, unknown>>; readonly remove: readonly string[] },
  options: WriteOptions,
): Promise<void> {
  const session = await openSession(command)
  const client = session.client()
  const { ifVersion } = options
  if (ifVersion !== undefined && !/^\d{1,15}$/.test(ifVersion))
    throw new KonorError(
      'KONOR_CLI_USAGE',
      `--if-version: expected a version, got ${JSON.stringify(ifVersion)}`,
    )
  const job = await client.write<JobView>('PATCH', configRoute(path), {
    body: jsonBody(entries),
    ...(ifVersion === undefined ? {} : { headers: { 'if-match': `"${ifVersion}"` } }),
  })
  await finishWrite(session, client, job, options)
}

function parseEntries(entries: readonly string[], asText: boolean): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(entry => {
      const at = entry.indexOf('=')
      if (at <= 0) throw new KonorError('KONOR_CLI_USAGE', `${JSON.stringify(entry)}: expected KEY=VALUE`)
      const text = entry.slice(at + 1)
      return [entry.slice(0, at), asText ? text : jsonOrText(text)]
    }),
  )
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
