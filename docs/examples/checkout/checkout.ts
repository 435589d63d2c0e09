/**
 * A sample process: a checkout service that takes its limits from Konorkestra. It shows all a process needs:
 * connect, read synchronously, refuse what it cannot live with, follow changes, say goodbye.
 *
 * Run it beside an agent: `node build/docs/examples/checkout/checkout.js GROUP NAME`, with KONOR_SOCKET if
 * the agent's socket is not at its default place. It prints one JSON line for each thing that happens.
 */
import process from 'node:process'
import { connect } from '../../../agent/sdk/index.ts'

const [, , group = 'checkout', name = 'checkout'] = process.argv

const konor = await connect({ group, process: name })
say('started')

// Asked before a change goes live. `strong` policies wait for this answer on every node.
konor.onPrepare(({ next }) => {
  const limit = next.values['rate-limit']
  return typeof limit === 'number' && limit > 0
    ? undefined
    : { reject: `rate-limit ${String(limit)} is not positive` }
})

// Called after the snapshot was swapped. Throwing says "not applied": the rollout hears of it, and why.
konor.onChange(async ({ changes }) => {
  if (konor.get('payment-provider', 'acme') === 'broken') {
    const reason = 'payment provider "broken" does not answer'
    say('refused', { reason })
    throw new Error(reason)
  }
  say('applied', { keys: changes.map(({ key }) => key) })
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void konor.close().then(() => process.exit(0))
  })
}

function say(event: string, more: object = {}): void {
  const { revision, stale, values } = konor.snapshot
  const line = { event, process: name, revision, stale, values, ...more }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
