import { createInterface } from 'node:readline'
import type { Member } from '../../runtime/gossip/core/member.ts'
import { PRESETS } from '../../runtime/gossip/core/presets.ts'
import type { UdpHost } from '../../runtime/gossip/udp/udp-host.ts'
import { labKey, startHostedMember } from './hosted-member.ts'
import type { Command, ProcessBoot, Report } from './member-words.ts'

// A process that hosts members of a gossip cluster, one or many. `member-words.ts` says what it is told and tells.

const boot = JSON.parse(process.argv[2] ?? '') as ProcessBoot
const config = { ...PRESETS[boot.preset], ...boot.change }
const hosts = new Map<string, UdpHost<Member>>()
let load: NodeJS.Timeout | undefined

const say = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`)

async function start(command: Extract<Command, { do: 'start' }>): Promise<void> {
  const { name, port, seeds, advertise } = command
  const bind = `${boot.host}:${port}`
  const host = await startHostedMember({
    name,
    bind,
    config,
    say,
    ...(advertise === undefined ? {} : { advertise }),
  })
  hosts.set(name, host)
  say({ type: 'STARTED', by: name, id: host.member.self.id, address: host.address })
  if (seeds.length > 0) host.join(seeds)
}

async function stop(name: string): Promise<void> {
  const host = hosts.get(name)
  hosts.delete(name)
  await host?.close()
}

function block(ms: number): void {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

function setLoad(everyMs: number): void {
  clearInterval(load)
  if (everyMs === 0) return
  const payload = Buffer.from('load')
  load = setInterval(() => {
    for (const host of hosts.values()) host.broadcast('load', payload)
  }, everyMs)
}

function changeKeys(how: 'install' | 'use' | 'remove', key: string): void {
  for (const { keyring } of hosts.values()) {
    const keyId = keyring.install(labKey(key))
    if (how === 'use') keyring.use(keyId)
    if (how === 'remove') keyring.remove(keyId)
  }
}

async function obey(command: Command): Promise<void> {
  switch (command.do) {
    case 'start':
      return start(command)
    case 'stop':
      return stop(command.name)
    case 'leave':
      return hosts.get(command.name)?.leave()
    case 'block':
      return block(command.ms)
    case 'load':
      return setLoad(command.everyMs)
    case 'rotation':
      for (const [by, host] of hosts) say({ type: 'ROTATION', by, rotation: host.rotation(command.withinMs) })
      return
    case 'stats':
      for (const [by, host] of hosts)
        say({ type: 'STATS', by, stats: host.stats, live: host.member.liveCount })
      return
    default:
      return changeKeys(command.do, command.key)
  }
}

const input = createInterface({ input: process.stdin })
input.on('line', line => void obey(JSON.parse(line) as Command))
input.once('close', () => process.exit())
say({ type: 'READY' })
