import type { Cluster } from '../cluster/cluster.ts'
import { GOOD_PATH, type PathConditions } from '../world/network.ts'
import type { Program } from '../world/program.ts'
import { GOOD_DISK } from '../world/simulated-files.ts'
import { type BackupFault, beginBackupFault } from './backup-fault.ts'
import { beginCentralFault, type CentralFault, isCentralFault } from './central-fault.ts'
import { describeFault } from './describe-fault.ts'
import { beginEffectFault } from './effect-fault.ts'
import type { Fault, FaultKind, FaultSpan } from './fault.ts'
import { beginGossipFault, type GossipFault } from './gossip-fault.ts'
import { beginJournalFault, type JournalFault, JOURNAL_FAULT_KINDS } from './journal-fault.ts'
import { beginLogFault, isLogFault, type LogFault } from './log-fault.ts'
import { beginLinkFault } from './link-fault.ts'
import { beginMidway, beginNodeFault } from './node-fault.ts'

type Of<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>

/** Lets the faults of a plan happen, and takes them back: each after its time, all of them by `heal`. */
export class Injector {
  readonly #cluster: Cluster
  readonly #undos = new Map<string, () => void>()
  readonly #armed: Of<'crash-at'>[] = []
  readonly #struck = new Map<FaultKind, number>()
  /** All that happened so far. */
  readonly spans: FaultSpan[] = []
  #isHealed = false

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    cluster.world.onPoint = (program, point) => {
      const at = this.#armed.findIndex(armed => armed.program === program.name && armed.point === point)
      const fault = at < 0 ? undefined : this.#armed.splice(at, 1)[0]
      if (fault === undefined) return
      this.#note(fault)
      program.kill('crash')
      this.#startLater(fault.program, fault.downMs)
    }
  }

  /** How often each kind of fault found something to harm. */
  get struck(): ReadonlyMap<FaultKind, number> {
    return this.#struck
  }

  schedule(faults: readonly Fault[]): void {
    for (const fault of faults)
      this.#cluster.world.after(fault.atMs, () => this.#isHealed || this.#strike(fault))
  }

  /** Everything is good again and everybody is started; what comes after is not forgiven. */
  heal(): void {
    this.#isHealed = true
    this.#armed.length = 0
    for (const undo of this.#undos.values()) undo()
    this.#undos.clear()
    this.#cluster.startAll()
  }

  #strike(fault: Fault): void {
    switch (fault.kind) {
      case 'crash':
        return this.#crash(fault)
      case 'crash-at':
        return void this.#armed.push(fault)
      case 'power':
        return this.#cutPower(fault)
      case 'pause':
        return this.#pause(fault)
      case 'partition':
        return this.#for(fault, fault.forMs, this.#partition(fault))
      case 'flap':
        return this.#flap(fault)
      case 'slow-path':
        return this.#worsen(fault, { latencyMs: fault.latencyMs, jitterMs: fault.latencyMs / 2, loss: 0 })
      case 'loss':
        return this.#worsen(fault, { ...GOOD_PATH, loss: fault.share })
      case 'slow-disk':
      case 'failing-disk':
        return this.#harmDisk(fault)
      case 'bit-rot':
        return this.#rot(fault)
      case 'journal-full':
      case 'journal-unclear':
        return this.#harmJournal(fault)
      case 'drift':
        return this.#drift(fault)
      case 'wall-jump':
        this.#note(fault)
        return this.#cluster.machines.get(fault.machine)?.jumpWallBy(fault.ms)
      case 'cut-link': {
        const { world } = this.#cluster
        const undo = beginLinkFault(this.#cluster, fault, () => this.#note(fault))
        this.#undos.set(fault.id, undo)
        return void world.after(fault.forMs, undo)
      }
      case 'killed-midway':
      case 'rotten-midway':
        return void this.#undos.set(
          fault.id,
          beginMidway(this.#cluster, fault, () => this.#note(fault)),
        )
      case 'receiver':
      case 'failing-step':
      case 'absence':
      case 'full-at-deadline':
      case 'crash-at-deadline': {
        const later = (afterMs: number, begin: () => () => void): void => {
          const strike = (): void => void (this.#isHealed || this.#for(fault, fault.forMs, begin()))
          this.#cluster.world.after(afterMs, strike)
        }
        const undo = beginEffectFault(this.#cluster, fault, later)
        return undo && this.#for(fault, fault.forMs, undo)
      }
      case 'power-at':
      case 'rotten-restart':
      case 'cut-connection':
      case 'stale-central': {
        const undo = beginNodeFault(this.#cluster, fault)
        return undo && this.#for(fault, fault.forMs, undo)
      }
      default: {
        const undo = beginElsewhere(this.#cluster, fault)
        return undo && this.#for(fault, fault.forMs, undo)
      }
    }
  }

  #note(fault: Fault): void {
    this.#struck.set(fault.kind, (this.#struck.get(fault.kind) ?? 0) + 1)
    this.#cluster.world.tell('fault', describeFault(fault), 'turn')
    this.spans.push({ fault, fromMs: this.#cluster.world.nowMs, toMs: this.#cluster.world.nowMs })
  }

  /** Takes it back after `forMs`, or when all is healed before. */
  #for(fault: Fault, forMs: number, undo: () => void): void {
    this.#note(fault)
    const span = this.spans.at(-1)
    if (span !== undefined) span.toMs = undefined
    const once = (): void => {
      if (!this.#undos.delete(fault.id)) return
      if (span !== undefined) span.toMs = this.#cluster.world.nowMs
      if (forMs > 0) this.#cluster.world.tell('fault', `${fault.id} is over`, 'turn')
      undo()
    }
    this.#undos.set(fault.id, once)
    this.#cluster.world.after(forMs, once)
  }

  #crash(fault: Of<'crash'>): void {
    const program = this.#program(fault.program)
    if (program === undefined) return
    this.#note(fault)
    program.kill('crash')
    this.#startLater(fault.program, fault.downMs)
  }

  #startLater(program: string, downMs: number): void {
    this.#cluster.world.after(downMs, () => this.#isHealed || this.#cluster.start(program))
  }

  #cutPower(fault: Of<'power'>): void {
    const machine = this.#cluster.machines.get(fault.machine)
    if (machine?.isUp !== true) return
    this.#for(fault, fault.downMs, () => this.#cluster.regainPower(fault.machine))
    this.#cluster.losePower(fault.machine)
  }

  #pause(fault: Of<'pause'>): void {
    const program = this.#program(fault.program)
    if (program === undefined) return
    this.#for(fault, fault.forMs, () => program.resume())
    program.pause()
  }

  #partition({ machines, stops }: Of<'partition'>): () => void {
    const { network } = this.#cluster
    const inside = new Set(machines)
    const paths = [...this.#cluster.machines.keys()]
      .filter(name => !inside.has(name))
      .flatMap(outside => machines.flatMap(name => pathsBetween(name, outside, stops)))
    for (const [from, to] of paths) network.block(from, to)
    return () => {
      for (const [from, to] of paths) network.unblock(from, to)
    }
  }

  #flap(fault: Of<'flap'>): void {
    const { id, atMs, machine, times, everyMs } = fault
    for (let turn = 0; turn < times; turn++) {
      const forMs = Math.max(1, Math.floor(everyMs / 2))
      const one: Of<'partition'> = {
        id: `${id}.${turn}`,
        atMs,
        kind: 'partition',
        machines: [machine],
        stops: 'both',
        forMs,
      }
      const strike = (): void => {
        if (!this.#isHealed) this.#for(one, forMs, this.#partition(one))
      }
      this.#cluster.world.after(turn * everyMs, strike)
    }
    this.#note(fault)
  }

  #worsen(fault: Of<'slow-path' | 'loss'>, conditions: PathConditions): void {
    const { network, machines } = this.#cluster
    const set = (next: PathConditions): void => {
      for (const other of machines.keys()) {
        network.setConditions(fault.machine, other, next)
        network.setConditions(other, fault.machine, next)
      }
    }
    set(conditions)
    this.#for(fault, fault.forMs, () => set(GOOD_PATH))
  }

  #harmDisk(fault: Of<'slow-disk' | 'failing-disk'>): void {
    const conditions = this.#cluster.machines.get(fault.machine)?.files.conditions
    if (conditions === undefined) return
    if (fault.kind === 'slow-disk') conditions.syncMs = fault.syncMs
    else conditions.failsWith = fault.code
    this.#for(fault, fault.forMs, () => Object.assign(conditions, GOOD_DISK))
  }

  #rot(fault: Of<'bit-rot'>): void {
    const { files } = this.#cluster.machines.get(fault.machine) ?? {}
    const isVictim = (path: string): boolean =>
      fault.file === 'state' ? path.includes('/state.') : path.includes('/generations/')
    if (files?.rot(isVictim) !== undefined) this.#note(fault)
  }

  #harmJournal(fault: Of<'journal-full' | 'journal-unclear'>): void {
    const { conditions } = this.#cluster.central.store
    if (fault.kind === 'journal-full') conditions.isFull = true
    else conditions.ambiguous = fault.share
    this.#for(fault, fault.forMs, () => Object.assign(conditions, { isFull: false, ambiguous: 0 }))
  }

  #drift(fault: Of<'drift'>): void {
    const machine = this.#cluster.machines.get(fault.machine)
    if (machine === undefined) return
    machine.drift(fault.rate)
    this.#for(fault, fault.forMs, () => machine.drift(1))
  }

  #program(name: string): Program | undefined {
    return this.#cluster.program(name)
  }
}

function isOfJournal(fault: Fault): fault is JournalFault {
  return JOURNAL_FAULT_KINDS.some(kind => kind === fault.kind)
}

function pathsBetween(inside: string, outside: string, stops: 'both' | 'in' | 'out'): [string, string][] {
  const [into, out]: [string, string][] = [
    [outside, inside],
    [inside, outside],
  ]
  if (stops === 'both') return [into, out] as [string, string][]
  return [stops === 'in' ? into : out] as [string, string][]
}

/** Gossip, the journal, several centrals and their log service have faults of their own. */
function beginElsewhere(
  cluster: Cluster,
  fault: BackupFault | CentralFault | GossipFault | JournalFault | LogFault,
): (() => void) | undefined {
  if (fault.kind === 'older-backup') return beginBackupFault(cluster, fault)
  if (isOfJournal(fault)) return beginJournalFault(cluster, fault)
  if (isCentralFault(fault)) return beginCentralFault(cluster, fault)
  return isLogFault(fault) ? beginLogFault(cluster, fault) : beginGossipFault(cluster, fault)
}
