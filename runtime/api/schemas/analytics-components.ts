import { anyValue, array, integer, mapOf, object, oneOf, ref, type Schema, text, time } from './schema.ts'

const number: Schema = { type: 'number', minimum: 0 }
const ratio: Schema = { type: 'number', minimum: 0, maximum: 1 }
const liveness = oneOf('alive', 'suspect', 'offline', 'left')
const range = object({ mean: number, max: number }, { min: number })

const required = {
  name: text(),
  state: { ...oneOf('healthy', 'degraded', 'unknown'), description: 'healthy needs proof' },
  reasons: array(text('why it is not healthy')),
  liveness,
  version: text('of the agent'),
  platform: object({ kind: oneOf('cloud', 'on-premises', 'unknown'), provider: text(), container: text() }),
}

const measured = {
  heardAt: time,
  heardByGossipAt: time,
  heardByLinkAt: time,
  roundTripMs: { ...number, description: 'median to its peers, as the node measured it' },
  centralRoundTripMs: number,
  loss: ratio,
  loopLagP99Ms: number,
  loopLagMaxMs: number,
  load1: number,
  cpuShare: number,
  rssBytes: number,
  memoryFreeBytes: number,
  memoryTotalBytes: number,
  uptimeMs: number,
  processes: integer,
}

const bucket = object(
  { at: time, heard: integer, suspicions: integer, probes: integer, probesLost: integer },
  {
    roundTripMs: range,
    centralRoundTripMs: range,
    loss: range,
    loopLagMs: range,
    load1: range,
    cpuShare: number,
    rssBytes: number,
    memoryFreeBytes: number,
  },
)

const history = object({
  resolution: oneOf('10s', '1m', '1h'),
  from: time,
  to: time,
  buckets: array(bucket),
})

const shares = { nodes: integer, live: integer }

/** The shapes of health, analytics and alerts. */
export const analyticsComponents: Readonly<Record<string, Schema>> = {
  Alert: object(
    {
      id: text('KIND/SUBJECT'),
      kind: text(),
      subject: text('an actor address'),
      severity: oneOf('warning', 'critical'),
      state: oneOf('raised', 'cleared'),
      summary: text(),
      evidence: mapOf(anyValue),
      raisedAt: time,
      deliveries: object({ waiting: integer, delivered: integer, undelivered: integer }),
    },
    { clearedAt: time, reason: text() },
  ),
  NodeHealth: object({ ...required, history, alerts: array(ref('Alert')) }, measured),
  PlatformShare: object({
    kind: text(),
    provider: text(),
    virtualization: text(),
    container: text(),
    ...shares,
  }),
  VersionShare: object({ version: text(), ...shares }),
  Vitals: object(required, measured),
}
