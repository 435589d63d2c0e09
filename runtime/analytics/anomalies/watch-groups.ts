import { groupAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Anomaly, AnomalyConfig } from './anomaly.ts'
import { detectSilent, type SilentState, startSilent } from './silent-group.ts'
import { detectSkew, type SkewState, startSkew } from './skewed-versions.ts'

/** A member of a group, as it is looked at. */
export interface GroupMember {
  readonly node: string
  readonly isSilent: boolean
  /** It takes part: alive or suspect. */
  readonly isLive: boolean
  readonly version: string
}

/** Names in the evidence of an alert. */
const NAMES_MAX = 8

interface Watched<State> {
  readonly state: State
  readonly members: readonly GroupMember[]
}

/** The detectors of whole groups: silence, versions. */
export class GroupWatch {
  readonly #config: AnomalyConfig
  readonly #silent = new Map<string, Watched<SilentState>>()
  readonly #skew = new Map<string, Watched<SkewState>>()

  constructor(config: AnomalyConfig) {
    this.#config = config
  }

  /** Goes on with what was raised before this process. */
  adopt(kind: Anomaly['kind'], group: string): void {
    if (kind === 'silent-group') this.#silent.set(group, { state: startSilent(true), members: [] })
    if (kind === 'skewed-versions') this.#skew.set(group, { state: startSkew(true), members: [] })
  }

  /**
   * Looks at every group; one that is not there any more is forgotten. `canJudgeSilence` is false until silence could
   * have been heard.
   */
  look(groups: ReadonlyMap<string, readonly GroupMember[]>, nowMs: number, canJudgeSilence: boolean): void {
    for (const watched of [this.#silent, this.#skew])
      for (const group of watched.keys()) if (!groups.has(group)) watched.delete(group)
    for (const [group, members] of groups) {
      const { silent, skew } = this.#config
      const skewBefore = this.#skew.get(group)?.state ?? startSkew()
      const living = members.filter(({ isLive, version }) => isLive && version !== '')
      const { state } = detectSkew(skew, skewBefore, nowMs, new Set(living.map(one => one.version)).size)
      this.#skew.set(group, { state, members: living })
      if (!canJudgeSilence) continue
      const silentBefore = this.#silent.get(group)?.state ?? startSilent()
      const look = { members: members.length, silent: members.filter(({ isSilent }) => isSilent).length }
      this.#silent.set(group, { state: detectSilent(silent, silentBefore, look).state, members })
    }
  }

  raised(): Anomaly[] {
    const anomalies: Anomaly[] = []
    for (const [group, { state, members }] of this.#silent)
      if (state.isRaised) anomalies.push(this.#isSilent(group, members))
    for (const [group, { state, members }] of this.#skew)
      if (state.isRaised) anomalies.push(this.#isSkewed(group, members))
    return anomalies
  }

  #isSilent(group: string, members: readonly GroupMember[]): Anomaly {
    const silent = members.filter(({ isSilent }) => isSilent).map(({ node }) => node)
    return {
      kind: 'silent-group',
      subject: groupAddress(group),
      severity: 'critical',
      summary: `${silent.length} of the ${members.length} nodes of ${group} were not heard for ${this.#config.silent.silentAfterMs / 1_000} s`,
      evidence: { members: members.length, silent: silent.length, nodes: silent.sort().slice(0, NAMES_MAX) },
    }
  }

  #isSkewed(group: string, members: readonly GroupMember[]): Anomaly {
    const versions: Record<string, number> = {}
    for (const version of members.map(member => member.version).sort())
      versions[version] = (versions[version] ?? 0) + 1
    const minutes = this.#config.skew.graceMs / 60_000
    return {
      kind: 'skewed-versions',
      subject: groupAddress(group),
      severity: 'warning',
      summary: `agents of ${group} have run ${Object.keys(versions).length} versions for more than ${minutes} minutes`,
      evidence: { versions },
    }
  }
}
