import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { listOf } from '../output/print.ts'
import { openSession } from '../session.ts'
import { contextNamed, readContexts, writeContexts } from '../settings/contexts.ts'
import { contextsFile } from '../settings/default-paths.ts'
import { teach } from '../teach.ts'

export function declareContext(program: Command): void {
  const context = program.command('context').summary('saved addresses and keys')
  context.description(
    'Saves the address of a central and the file of its key under a name, for this user only.',
  )
  declareSet(context)
  declareUse(context)
  declareList(context)
  declareRemove(context)
  teach(context, {
    examples: [
      ['konor context set prod --url https://konor.example:7600 --api-key-file ~/prod.key', 'save one'],
      ['konor context use prod', 'and use it from now on'],
    ],
    next: 'konor get groups, or --context NAME for one command.',
  })
}

function declareSet(context: Command): void {
  const set = context
    .command('set')
    .summary('save a context')
    .argument('<name>', 'of the context')
    .action(async (name: string, _options: object, command: Command) => {
      const { settings, io } = await openSession(command)
      const url = settings.text('url')
      if (url === undefined || settings.origin('url') === 'fallback')
        throw new KonorError('KONOR_CLI_USAGE', 'give the address: konor context set NAME --url URL')
      const keyFile = settings.text('api-key-file')
      if (keyFile !== undefined && !existsSync(keyFile)) io.note(`note: ${keyFile} does not exist yet`)
      const file = contextsFile(process.env)
      const before = readContexts(file)
      const saved = { url, ...(keyFile === undefined ? {} : { apiKeyFile: resolve(keyFile) }) }
      writeContexts(file, { current: name, ...before, contexts: { ...before.contexts, [name]: saved } })
      io.note(`context ${name} saved`)
    })
  teach(set, {
    examples: [
      ['konor context set prod --url https://konor.example:7600 --api-key-file ~/prod.key', 'save one'],
    ],
    next: 'konor context use NAME.',
  })
}

function declareUse(context: Command): void {
  const use = context
    .command('use')
    .summary('use a context from now on')
    .argument('<name>', 'of the context')
    .action(async (name: string, _options: object, command: Command) => {
      const { io } = await openSession(command)
      const file = contextsFile(process.env)
      const contexts = readContexts(file)
      const { url } = contextNamed(contexts, name)
      writeContexts(file, { ...contexts, current: name })
      io.note(`now ${name}: ${url}`)
    })
  teach(use, { examples: [['konor context use prod', 'from now on']], next: 'konor get groups.' })
}

function declareList(context: Command): void {
  const list = context
    .command('ls')
    .alias('list')
    .summary('saved contexts')
    .action(async (_options: object, command: Command) => {
      const session = await openSession(command)
      const { current, contexts } = readContexts(contextsFile(process.env))
      const rows = Object.entries(contexts).map(([name, saved]) => ({
        name,
        current: name === current,
        ...saved,
      }))
      const columns = [
        { title: 'NAME', cell: (row: (typeof rows)[number]) => row.name },
        { title: 'CURRENT', cell: (row: (typeof rows)[number]) => row.current },
        { title: 'URL', cell: (row: (typeof rows)[number]) => row.url },
        { title: 'KEY-FILE', cell: (row: (typeof rows)[number]) => row.apiKeyFile },
      ]
      await session.print(listOf(rows, columns, ({ name }) => `context/${name}`))
    })
  teach(list, { examples: [['konor context ls', 'which is current']], next: 'konor context use NAME.' })
}

function declareRemove(context: Command): void {
  const remove = context
    .command('rm')
    .summary('forget a context')
    .argument('<name>', 'of the context')
    .action(async (name: string, _options: object, command: Command) => {
      const { io } = await openSession(command)
      const file = contextsFile(process.env)
      const { current, contexts } = readContexts(file)
      contextNamed({ contexts }, name)
      const { [name]: _gone, ...kept } = contexts
      writeContexts(file, {
        ...(current === undefined || current === name ? {} : { current }),
        contexts: kept,
      })
      io.note(`context ${name} forgotten`)
    })
  teach(remove, { examples: [['konor context rm old', 'its key file stays']], next: 'konor context ls.' })
}
