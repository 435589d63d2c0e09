import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import type { TeardownContext } from '../../../simulations/kit/teardown-context.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { nodeRandom } from '../../ports/node/node-random.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import type { GossipConfig } from '../core/config.ts'
import type { MemberEvent } from '../core/events.ts'
import { createMember, type Member } from '../core/member.ts'
import { PRESETS } from '../core/presets.ts'
import { createKeyring } from '../wire/keyring.ts'
import { createMemberIdentity } from '../wire/member-identity.ts'
import { UdpHost } from './udp-host.ts'

export const CLUSTER = 'c-loopback'
export const GROUP_KEY = new SeededRandom('loopback').bytes(32)

/** `fast` at a fifth of its times, so that a death is seen within seconds. */
export const HASTY: GossipConfig = {
  ...PRESETS.fast,
  probeIntervalMs: 200,
  directTimeoutMinMs: 40,
  directTimeoutMaxMs: 100,
  gossipIntervalMs: 50,
  digestIntervalMs: 1_000,
}

export interface HostOptions {
  readonly name: string
  readonly config?: GossipConfig
  readonly groupKey?: Uint8Array
  readonly clusterId?: string
  readonly advertise?: string
  readonly bind?: string
  readonly epoch?: number
}

/** A host, and all that it said. */
export interface Watched {
  readonly name: string
  readonly host: UdpHost<Member>
  readonly events: MemberEvent[]
}

export async function startHost(
  options: HostOptions,
  onEvent?: (event: MemberEvent) => void,
): Promise<Watched> {
  const identity = createMemberIdentity(new SeededRandom(`identity ${options.name}`).bytes(32))
  const events: MemberEvent[] = []
  const host = await UdpHost.start({
    bind: options.bind ?? '127.0.0.1:0',
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
    clusterId: options.clusterId ?? CLUSTER,
    identity,
    keyring: createKeyring([options.groupKey ?? GROUP_KEY]),
    clock: nodeClock,
    random: nodeRandom,
    createMember: ({ id, address, nowMs, seal }) =>
      createMember({
        config: options.config ?? HASTY,
        self: { id, epoch: options.epoch ?? 1, address },
        random: nodeRandom,
        nowMs,
        seal,
      }),
    onEvent: event => {
      events.push(event)
      onEvent?.(event)
    },
  })
  return { name: options.name, host, events }
}

/** Hosts that have found each other; they are closed when the test ends. */
export async function startCluster(
  t: TeardownContext,
  count: number,
  config: GossipConfig = HASTY,
): Promise<Watched[]> {
  const watched: Watched[] = []
  for (let index = 0; index < count; index++) {
    const one = await startHost({ name: `${index}`, config })
    t.teardown(() => one.host.close())
    watched.push(one)
    if (index > 0) one.host.join([watched[0]?.host.address ?? ''])
  }
  await pollUntil(
    'everyone knows everyone',
    () => watched.every(({ host }) => host.member.liveCount === count),
    {
      onTimeout: () =>
        watched.map(({ host }) => JSON.stringify([host.member.liveCount, host.stats])).join('\n'),
    },
  )
  return watched
}

/** Names of the members that `by` heard such an event of. */
export function toldOf(by: Watched, type: MemberEvent['type']): string[] {
  return by.events.flatMap(event => (event.type === type && 'member' in event ? [event.member.id] : []))
}
