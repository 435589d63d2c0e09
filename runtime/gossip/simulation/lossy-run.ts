import { createCluster, type Protocol } from './cluster.ts'

export interface LossyRun {
  readonly nodeHours: number
  /** Deaths told of members that live, by anyone. */
  readonly falseDeaths: number
  /** Times that a member called another suspect, by its own or by another's word. */
  readonly suspicions: number
}

const HOUR_MS = 3_600_000

/** A cluster in which nobody fails runs for hours while datagrams are lost. */
export function runLossy(
  protocol: Protocol,
  members: number,
  hours: number,
  loss: number,
  seed: string,
): LossyRun {
  let falseDeaths = 0
  let suspicions = 0
  const cluster = createCluster(protocol, {
    members,
    seed,
    network: { loss },
    onBelief: (_, belief) => {
      if (belief === 'dead') falseDeaths++
      if (belief === 'suspect') suspicions++
    },
  })
  cluster.runUntil(hours * HOUR_MS)
  return { nodeHours: members * hours, falseDeaths, suspicions }
}
