/** Lets so much time go by: for experiments in which nothing is to happen, or a fault is to last. */
export function pass(ms: number): Promise<void> {
  return new Promise(resume => setTimeout(resume, ms))
}
