import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import type { HealthMeasures } from '../health-columns.ts'
import type { NodeMeasures } from '../health-store.ts'
import type { Anomaly, AnomalyConfig } from './anomaly.ts'
import { detectFlapping, type FlappingState, startFlapping } from './flapping.ts'
import {
  detectRising,
  highAboveMs,
  resumeRising,
  RISING_START,
  type RisingState,
} from './rising-round-trip.ts'

interface RisingNode {
  readonly state: RisingState
  /** Whose measurement it is: what two of them say cannot be compared. */
  readonly source: 'peers' | 'central'
  readonly sampleMs: number
}

/** The detectors of single nodes: flapping, rising round trip. */
export class NodeWatch {
  readonly #config: AnomalyConfig
  readonly #flapping = new Map<string, FlappingState>()
  readonly #rising = new Map<string, RisingNode>()
  readonly #startedAtMs: number

  constructor(config: AnomalyConfig, nowMs: number) {
    this.#config = config
    this.#startedAtMs = nowMs
  }

  /** Goes on with what was raised before this process. */
  adopt({ kind, evidence }: Pick<Anomaly, 'kind' | 'evidence'>, node: string): void {
    if (kind === 'flapping') this.#flapping.set(node, startFlapping(this.#startedAtMs, true))
    if (kind !== 'rising-round-trip') return
    const baselineMs = Number(evidence['baselineMs'] ?? 0)
    const source = evidence['measuredBy'] === 'central' ? 'central' : 'peers'
    this.#rising.set(node, {
      state: resumeRising(this.#config.rising, baselineMs),
      source,
      sampleMs: baselineMs,
    })
  }

  /** The journal changed the liveness of a node. */
  livenessChanged(node: string, nowMs: number): void {
    const before = this.#flapping.get(node) ?? startFlapping(this.#startedAtMs)
    this.#flapping.set(node, detectFlapping(this.#config.flapping, before, nowMs, true).state)
  }

  /** A stretch is over: `rows` is what was measured in it. */
  stretch(rows: readonly NodeMeasures[], nowMs: number, isThere: (node: string) => boolean): void {
    for (const { node, measures } of rows) this.#sample(node, measures)
    for (const [node, before] of this.#flapping) {
      const { state } = detectFlapping(this.#config.flapping, before, nowMs, false)
      if (!isThere(node) || (!state.isRaised && state.changedAtMs.length === 0)) this.#flapping.delete(node)
      else this.#flapping.set(node, state)
    }
    for (const node of this.#rising.keys()) if (!isThere(node)) this.#rising.delete(node)
  }

  raised(): Anomaly[] {
    const anomalies: Anomaly[] = []
    for (const [node, state] of this.#flapping) if (state.isRaised) anomalies.push(this.#flaps(node, state))
    for (const [node, rising] of this.#rising)
      if (rising.state.isRaised) anomalies.push(this.#rises(node, rising))
    return anomalies
  }

  #sample(node: string, measures: HealthMeasures): void {
    const measured = roundTripOf(measures)
    if (measured === undefined) return
    const { source, sampleMs } = measured
    const before = this.#rising.get(node)
    // A node that tells of its peers is judged by that; central's view of it fills in until it does.
    if (before?.source === 'peers' && source === 'central') return
    const state = before?.source === source ? before.state : RISING_START
    this.#rising.set(node, {
      state: detectRising(this.#config.rising, state, sampleMs).state,
      source,
      sampleMs,
    })
  }

  #flaps(node: string, { changedAtMs }: FlappingState): Anomaly {
    const minutes = this.#config.flapping.windowMs / 60_000
    return {
      kind: 'flapping',
      subject: nodeAddress(node),
      severity: 'warning',
      summary: `${node} comes and goes: its liveness changed ${changedAtMs.length} times or more within ${minutes} minutes`,
      evidence: { changes: changedAtMs.length, windowMs: this.#config.flapping.windowMs },
    }
  }

  #rises(node: string, { state, source, sampleMs }: RisingNode): Anomaly {
    const [baselineMs, nowMs] = [toTenths(state.baselineMs), toTenths(sampleMs)]
    return {
      kind: 'rising-round-trip',
      subject: nodeAddress(node),
      severity: 'warning',
      summary: `the round trip of ${node} rose from about ${baselineMs} ms to ${nowMs} ms and stays there`,
      evidence: {
        baselineMs,
        nowMs,
        highAboveMs: toTenths(highAboveMs(this.#config.rising, state)),
        measuredBy: source,
      },
    }
  }
}

function roundTripOf(measures: HealthMeasures): Pick<RisingNode, 'source' | 'sampleMs'> | undefined {
  const { peerCount = 0, peerSumUs = 0, centralCount = 0, centralSumUs = 0 } = measures
  if (peerCount > 0) return { source: 'peers', sampleMs: peerSumUs / peerCount / 1_000 }
  if (centralCount > 0) return { source: 'central', sampleMs: centralSumUs / centralCount / 1_000 }
  return undefined
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
