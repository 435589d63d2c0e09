/**
 * The registry of places where a crash, a stall or an error is most telling. The crash matrix kills a process
 * at each of them; the simulator draws faults at them. A point that no test ever hits fails the suite.
 */
export const FAULT_POINTS = [
  'journal.before-commit',
  'journal.after-commit',
  'engine.before-fold',
  'engine.after-fold',
  'engine.before-reply',
  'engine.before-effect',
  'engine.after-effect',
  'central.before-desire',
  'central.after-report',
  'agent.before-store',
  'agent.after-store',
  'agent.before-activate',
  'agent.after-activate',
  'agent.before-push',
  'agent.before-report',
  'agent.after-report',
  'process.before-ack',
  'process.after-ack',
] as const

export type FaultPoint = (typeof FAULT_POINTS)[number]

/** Free when off: one indirect call that returns at once. */
export interface Faults {
  /** May end the process, or throw a coded error, when the harness armed this point. */
  hit(point: FaultPoint): void
}

export const noFaults: Faults = { hit() {} }
