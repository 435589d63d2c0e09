import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { Member } from '../../runtime/gossip/core/member.ts'
import type { MemberRecord } from '../../runtime/gossip/core/member-record.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { UdpHostOptions } from '../../runtime/gossip/udp/udp-host.ts'
import { createRecordSeal } from '../../runtime/gossip/wire/record-proof.ts'
import type { GossipHost } from './gossip-host.ts'

/** A member without a network: it sees what a test shows it. */
export class QuietHost {
  readonly options: UdpHostOptions<Member>
  readonly #member: Member
  readonly others: MemberRecord[] = []
  readonly asked: (readonly string[])[] = []
  readonly described: string[] = []
  isClosed = false
  hasLeft = false

  constructor(options: UdpHostOptions<Member>) {
    const { identity, clusterId, bind, clock } = options
    this.options = options
    const seal = createRecordSeal(identity, clusterId)
    this.#member = options.createMember({ id: identity.id, address: bind, nowMs: clock.monotonicMs(), seal })
  }

  get epoch(): number {
    return this.#member.self.epoch
  }

  show(index: number, status: MemberRecord['status'] = 'alive'): void {
    const record: MemberRecord = {
      id: `${index}`.padStart(32, '0'),
      address: `10.0.0.${index}:7602`,
      status,
      epoch: 1,
      incarnation: 0,
      accusers: [],
      joined: true,
      sinceMs: 0,
    }
    this.others.push(record)
    this.tell({ type: 'MEMBER_JOINED', member: record })
  }

  tell(event: MemberEvent): void {
    this.options.onEvent(event)
  }

  asHost(): GossipHost {
    const { options, others } = this
    const { self } = this.#member
    const unused = (): never => {
      throw new Error('a quiet host has no streams')
    }
    return {
      address: options.bind,
      keyring: options.keyring,
      member: {
        self,
        get: id => others.find(one => one.id === id),
        records: () => others,
        get liveCount() {
          return others.length + 1
        },
      },
      get stats(): never {
        return unused()
      },
      join: seeds => void this.asked.push(seeds),
      leave: () => {
        this.hasLeft = true
        this.tell({ type: 'SELF_LEFT' })
      },
      describe: ({ metaHash }) => void (metaHash === undefined || this.described.push(metaHash)),
      request: unused,
      serve: unused,
      close: async () => void (this.isClosed = true),
    }
  }
}

/** Starts quiet hosts, and refuses the places that are taken. */
export class QuietNetwork {
  readonly hosts: QuietHost[] = []
  readonly taken = new Set<string>()
  readonly refused: string[] = []

  readonly start = async (options: UdpHostOptions<Member>): Promise<GossipHost> => {
    if (this.taken.has(options.bind)) {
      this.refused.push(options.bind)
      throw new KonorError('KONOR_GOSSIP_BIND', `${options.bind} is taken`)
    }
    const host = new QuietHost(options)
    this.hosts.push(host)
    return host.asHost()
  }

  get last(): QuietHost {
    const host = this.hosts.at(-1)
    if (host === undefined) throw new Error('no member was started')
    return host
  }
}
