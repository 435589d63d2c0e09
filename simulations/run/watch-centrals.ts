import type { LeadingSample, ReplicaSample, SharedEvidence } from '../checkers/shared-evidence.ts'
import { type ActorTexts, portraitDigest } from '../checkers/state-portrait.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { SimulatedCentral } from '../cluster/simulated-central.ts'
import { KernelState } from '../../runtime/kernel/kernel-state.ts'

/** One central in so many samples shows all that it has folded: a portrait costs much. */
const PORTRAIT_EVERY = 5

/** Writes down who leads and what those who follow have folded, where several centrals share a log. */
export class CentralsWatch {
  readonly #cluster: Cluster
  readonly #leading: LeadingSample[] = []
  readonly #replicas: ReplicaSample[] = []
  /** Of all centrals, while the run goes on. */
  readonly #texts: ActorTexts = new WeakMap()
  #samples = 0

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  sample(): void {
    const { central, world } = this.#cluster
    if (central.sharedLog === undefined) return
    const { heardAtMs: heard } = central.sharedLog.notes
    const leaders = central.all.flatMap(({ composed, machine: { name } }) =>
      composed === undefined
        ? []
        : [{ name, epoch: composed.leader.position.epoch, heardAtMs: heard.get(name) ?? 0 }],
    )
    this.#leading.push({ atMs: world.nowMs, leaders })
    const turn = ++this.#samples / PORTRAIT_EVERY
    const shown = Number.isInteger(turn) ? central.all[turn % central.all.length] : undefined
    if (shown !== undefined) this.#show(shown, this.#texts)
  }

  /** What was seen, and what everybody has folded by now. */
  evidence(): SharedEvidence | undefined {
    const { sharedLog, all } = this.#cluster.central
    if (sharedLog === undefined) return undefined
    for (const central of all) this.#show(central)
    const { claims, told } = sharedLog.notes
    const names = all.map(({ machine }) => machine.name)
    return { names, claims, told, leading: this.#leading, replicas: this.#replicas }
  }

  #show({ folded, machine }: SimulatedCentral, texts?: ActorTexts): void {
    if (!(folded instanceof KernelState)) return
    const { seq } = folded.position
    this.#replicas.push({ central: machine.name, seq, portrait: portraitDigest(folded, texts) })
  }
}
