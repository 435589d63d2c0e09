import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { Output } from '../../runtime/gossip/core/outputs.ts'
import type { Member } from '../../runtime/gossip/core/member.ts'
import type { UdpHost } from '../../runtime/gossip/udp/udp-host.ts'
import type { Program } from '../world/program.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { forgeries } from './forgeries.ts'
import { type GossipStep, recordSteps } from './gossip-tape.ts'

/** A member of gossip in one life of its program, as the simulator sees it from outside. */
export interface MemberLife {
  readonly id: string
  readonly epoch: number
  readonly machine: string
  readonly program: ProgramLife
  /** True time at which it was bound; silent until then. */
  readonly atMs: number
  /** When it began to say farewell, or was closed, by itself. */
  silentSinceMs: number | undefined
  readonly member: Pick<Member, 'records' | 'self'>
}

/** What one member told its host about another. */
export interface GossipSighting {
  readonly atMs: number
  readonly observer: MemberLife
  readonly type: SightingType
  readonly subject: string
  /** The life of the subject that it is about. */
  readonly epoch: number
}

type SightingType =
  | 'MEMBER_JOINED'
  | 'MEMBER_ALIVE'
  | 'MEMBER_SUSPECT'
  | 'MEMBER_DEAD'
  | 'MEMBER_LEFT'
  | 'MEMBER_UPDATED'

/** Everything that members of a run told about one another, in order. It takes no part in anything. */
export class GossipLog {
  readonly lives: MemberLife[] = []
  readonly sightings: GossipSighting[] = []
  /** What was said to each member, and what it did, in order. */
  readonly steps: GossipStep[] = []
  /** Machines whose members lie of others now, and what each draws its lies from. */
  readonly forgers = new Map<string, SeededRandom>()
  /** Members that noticed a contradiction, by its reason. */
  readonly conflicts = new Map<string, number>()

  /** A member began; the answer takes what it tells. */
  began(program: Program, host: UdpHost<Member>): (event: MemberEvent) => void {
    const { world, name: machine } = program.machine
    const { member } = host
    const { id, epoch } = member.self
    const times = { atMs: world.nowMs, silentSinceMs: undefined }
    const observer: MemberLife = { id, epoch, machine, program: program.life, ...times, member }
    this.lives.push(observer)
    const forge = (): readonly Output[] => {
      const random = this.forgers.get(machine)
      return random === undefined ? [] : forgeries(random, observer, this.lives)
    }
    recordSteps(program, observer, member, { forge, take: step => this.steps.push(step) })
    const [leave, close] = [host.leave.bind(host), host.close.bind(host)]
    const note = (): void => {
      if (program.isAlive) observer.silentSinceMs ??= world.nowMs
    }
    host.leave = () => {
      note()
      leave()
    }
    host.close = () => {
      note()
      return close()
    }
    return event => {
      if (!program.isAlive) return
      if (event.type === 'MEMBER_CONFLICT')
        this.conflicts.set(event.reason, (this.conflicts.get(event.reason) ?? 0) + 1)
      if (!('member' in event)) return
      const { type, member: subject } = event
      world.trace.note(world.nowMs, type, program.name)
      if (type === 'MEMBER_DEAD' || type === 'MEMBER_SUSPECT')
        world.story.tell({
          atMs: world.nowMs,
          who: program.name,
          what: wordsOf(type, this.nameOf(subject.id)),
        })
      this.sightings.push({ atMs: world.nowMs, observer, type, subject: subject.id, epoch: subject.epoch })
    }
  }

  /** The machine that a member runs on. */
  nameOf(id: string): string {
    return this.lives.find(life => life.id === id)?.machine ?? id.slice(0, 8)
  }
}

function wordsOf(type: SightingType, name: string): string {
  return type === 'MEMBER_SUSPECT' ? `suspected ${name}, which did not answer` : `declared ${name} dead`
}
