/** The order of commands: a restored central starts a higher timeline, a new leader a higher epoch. */
export interface CommandOrder {
  readonly timeline: number
  readonly epoch: number
}

/** Negative, zero or positive, as `one` is lower, the same or higher. */
export function compareOrder(one: CommandOrder, other: CommandOrder): number {
  return one.timeline - other.timeline || one.epoch - other.epoch
}
