import { readFileSync } from 'node:fs'
import process from 'node:process'
import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { readCloudMetadata } from '../../ports/node/cloud-metadata.ts'
import { platformFacts } from '../../ports/node/platform-facts.ts'
import { programPorts } from '../program-ports.ts'
import { programVersion } from '../program-version.ts'
import { runUntilSignalled } from '../run-until-signalled.ts'
import { openSession, sectionSettings } from '../session.ts'
import { defaultDataDir } from '../settings/default-paths.ts'
import type { Settings } from '../settings/resolve-settings.ts'
import { declareSettings } from '../settings/setting-options.ts'
import { teach } from '../teach.ts'

export function declareAgent(program: Command): void {
  const verb = program
    .command('agent')
    .summary('run the agent of a node')
    .description(
      'Runs the agent of a node: it keeps what its groups committed and serves it to local processes.',
    )
    .action(async (_options: object, command: Command) => {
      const session = await openSession(command)
      const settings = await sectionSettings(command, 'agent')
      const options = agentOptions(settings)
      const ports = await programPorts('konor-agent', settings)
      const { startAgent } = await import('../../../agent/agent.ts')
      const { createTcpTransport } = await import('../../links/tcp-link.ts')
      const { chosenSocketPath, thisSocketHost } =
        await import('../../../agent/socket/default-socket-path.ts')
      const socketPath = settings.text('socket') ?? chosenSocketPath(thisSocketHost())
      const transport = createTcpTransport()
      const platform = await cloudFacts(settings, ports)
      const agent = await startAgent({
        ...options,
        ...ports,
        socketPath,
        transport,
        platform,
        version: programVersion(),
      })
      await session.print({
        data: { node: agent.node, socketPath: agent.socketPath, pid: process.pid },
        names: [`node/${agent.node}`],
        text: () => `node     ${agent.node}\nsocket   ${agent.socketPath}\n`,
      })
      session.io.note('next: konor run --group GROUP -- COMMAND, or the SDK')
      await runUntilSignalled({ logger: ports.logger, close: () => agent.stop(), ended: agent.ended })
    })
  declareSettings(verb, 'agent')
  teach(verb, {
    examples: [
      ['konor agent --token-file token', 'join with a token; later starts need none'],
      ['konor agent --token-file token --name n7 --label zone=eu-1', 'with a name and a label'],
    ],
    next: 'konor get nodes, then konor run --group GROUP -- COMMAND.',
  })
}

function agentOptions(settings: Settings) {
  const name = settings.text('name')
  const sealKeyFile = settings.text('seal-key-file')
  const gossip = settings.text('gossip')
  return {
    dataDir: settings.text('data') ?? defaultDataDir(process.env),
    tokens: [...settings.list('token'), ...settings.list('token-file').map(readToken)],
    labels: Object.fromEntries(settings.list('label').map(parseLabel)),
    ...(name === undefined ? {} : { name }),
    ...(sealKeyFile === undefined ? {} : { sealKeyFile }),
    ...(gossip === undefined ? {} : { gossip }),
  }
}

/** Region, zone and instance type, when the operator lets the agent ask for them. */
async function cloudFacts(
  settings: Settings,
  { clock, logger }: Pick<Awaited<ReturnType<typeof programPorts>>, 'clock' | 'logger'>,
): Promise<Readonly<Record<string, string>>> {
  if (!settings.isOn('cloud-metadata')) return {}
  const { provider = '' } = platformFacts()
  return readCloudMetadata({ provider, clock, logger })
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `cannot read the token in ${file}`, { cause })
  }
}

function parseLabel(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new KonorError('KONOR_CLI_USAGE', `--label: expected KEY=VALUE, got ${JSON.stringify(text)}`)
}
