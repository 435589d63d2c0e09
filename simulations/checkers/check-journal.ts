import { isDeepStrictEqual } from 'node:util'
import type { Evidence, Violation } from './evidence.ts'
import { sealOfRecord } from './seal-of-record.ts'

/**
 * Promises 7, 8 and 12: the chain is whole, each epoch was claimed by one writer and never comes back, and no effect
 * was settled twice with different results.
 */
export function checkJournal(evidence: Evidence): Violation[] {
  return [...checkChain(evidence), ...checkEpochs(evidence), ...checkEffects(evidence)]
}

function checkChain({ records }: Evidence): Violation[] {
  let prevHash = '0'.repeat(64)
  return records.flatMap(({ record }, index) => {
    const isWhole =
      record.seq === index + 1 && record.prevHash === prevHash && record.hash === sealOfRecord(record)
    prevHash = record.hash
    return isWhole ? [] : [{ promise: 12, what: `record ${index + 1} does not follow from the one before` }]
  })
}

function checkEpochs({ records }: Evidence): Violation[] {
  const claimed = new Set<string>()
  let last = { timeline: 0, epoch: 0, timeMs: 0 }
  return records.flatMap(({ record, outputs }) => {
    const violations: Violation[] = []
    const { seq, timeline, epoch, timeMs } = record
    if (timeline < last.timeline || (timeline === last.timeline && epoch < last.epoch))
      violations.push({ promise: 8, what: `record ${seq} of epoch ${epoch} comes after epoch ${last.epoch}` })
    if (timeMs < last.timeMs) violations.push({ promise: 6, what: `journal time goes back in record ${seq}` })
    const claims = outputs.filter(({ type }) => type === 'leader.claimed').map(({ data }) => data)
    for (const claim of claims) {
      const order = `${String(claim['timeline'])}-${String(claim['epoch'])}`
      if (claimed.has(order))
        violations.push({ promise: 8, what: `epoch ${order} was claimed twice, again in ${seq}` })
      claimed.add(order)
    }
    if (!claimed.has(`${timeline}-${epoch}`))
      violations.push({
        promise: 8,
        what: `record ${seq} is of epoch ${timeline}-${epoch}, which nobody claimed`,
      })
    last = { timeline, epoch, timeMs }
    return violations
  })
}

function checkEffects({ records }: Evidence): Violation[] {
  const results = new Map<string, unknown>()
  return records.flatMap(({ record, inputs }) =>
    inputs.flatMap(({ route, body }) => {
      if (route !== 'effect') return []
      const key = String(body['key'])
      const isOther = results.has(key) && !isDeepStrictEqual(results.get(key), body['event'])
      results.set(key, body['event'])
      return isOther
        ? [{ promise: 7, what: `effect ${key} came out twice, again in record ${record.seq}` }]
        : []
    }),
  )
}
