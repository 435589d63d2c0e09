import { readFileSync } from 'node:fs'
import process from 'node:process'
import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { PresetName } from '../../gossip/core/presets.ts'
import { REHEARSALS_RUNNING_MAX } from '../../rehearsals/rehearsals.ts'
import { programPorts } from '../program-ports.ts'
import { createWorkerRehearser } from '../rehearsal/worker-rehearser.ts'
import { programVersion } from '../program-version.ts'
import { runUntilSignalled } from '../run-until-signalled.ts'
import { openSession, sectionSettings } from '../session.ts'
import { analyticsSettings } from '../settings/analytics-settings.ts'
import { defaultDataDir } from '../settings/default-paths.ts'
import type { Settings } from '../settings/resolve-settings.ts'
import { declareSettings } from '../settings/setting-options.ts'
import { teach } from '../teach.ts'

export function declareUp(program: Command): void {
  const verb = program
    .command('up')
    .summary('run a central')
    .description(
      'Runs a central. The first start makes its keys and writes the first API key to DIR/admin.key.',
    )
    .action(async (_options: object, command: Command) => {
      const session = await openSession(command)
      const settings = await sectionSettings(command, 'up')
      const options = centralOptions(settings)
      const ports = await programPorts('konor', settings)
      const { startCentral } = await import('../../central/start-central.ts')
      let depose: (cause: unknown) => void = () => undefined
      const ended = new Promise<unknown>(resolve => (depose = resolve))
      const central = await startCentral({
        ...options,
        ...ports,
        rehearser: createWorkerRehearser(REHEARSALS_RUNNING_MAX),
        version: programVersion(),
        onDeposed: depose,
      })
      const { httpUrl, linkAddress, gossipAddress, adminKeyFile } = central
      await session.print({
        data: { httpUrl, linkAddress, gossipAddress, adminKeyFile, pid: process.pid },
        names: [`central/${httpUrl}`],
        text: () =>
          `http   ${httpUrl}\nlink   ${linkAddress}\ngossip ${gossipAddress}\nkey    ${adminKeyFile}\n`,
      })
      session.io.note('next: konor apply -f FILE, then konor token create GROUP')
      await runUntilSignalled({ logger: ports.logger, close: central.close, ended })
    })
  declareSettings(verb, 'up')
  teach(verb, {
    examples: [
      ['konor up', 'on loopback, for this machine'],
      [
        'konor up --http 0.0.0.0:7600 --tls-cert c.pem --tls-key k.pem --link 0.0.0.0:7601 --gossip 0.0.0.0:7602 --advertise konor:7601',
        '',
      ],
    ],
    next: 'konor apply -f FILE, then konor token create GROUP for the first agent.',
  })
}

function centralOptions(settings: Settings) {
  const advertise = settings.text('advertise')
  const rateLimitPerSecond = settings.count('rate-limit')
  assertJournal(settings.text('journal'))
  return {
    dataDir: settings.text('data') ?? defaultDataDir(process.env),
    http: addressOf(settings, 'http'),
    link: addressOf(settings, 'link'),
    gossip: addressOf(settings, 'gossip'),
    gossipPreset: settings.text('gossip-preset') as PresetName,
    insecureHttp: settings.isOn('insecure-http'),
    analytics: analyticsSettings(settings),
    ...(rateLimitPerSecond === undefined ? {} : { rateLimitPerSecond }),
    ...(advertise === undefined ? {} : { advertise: addressOf(settings, 'advertise') }),
    ...tlsOf(settings),
  }
}

function addressOf(settings: Settings, name: string): string {
  const address = settings.text(name) ?? ''
  if (/^(\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/.test(address)) return address
  throw new KonorError('KONOR_CLI_USAGE', `--${name}: expected HOST:PORT, got ${JSON.stringify(address)}`)
}

function assertJournal(url: string | undefined): void {
  if (url === 'sqlite:' || url === 'sqlite') return
  throw new KonorError('KONOR_CLI_USAGE', `--journal ${url}: this version keeps its journal in sqlite: only`)
}

function tlsOf(settings: Settings): { readonly tls?: { readonly cert: Buffer; readonly key: Buffer } } {
  const [cert, key] = [settings.text('tls-cert'), settings.text('tls-key')]
  if (cert === undefined && key === undefined) return {}
  if (cert === undefined || key === undefined)
    throw new KonorError('KONOR_CLI_USAGE', '--tls-cert and --tls-key belong together')
  return { tls: { cert: readPem(cert), key: readPem(key) } }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `cannot read ${file}`, { cause })
  }
}
