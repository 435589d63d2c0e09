import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '../../agent/sdk/connect.ts'
import type { KonorClient } from '../../agent/sdk/konor-client.ts'
import type { LoopReport } from './loop-report.ts'

/** Between two sweeps over all clients: so many readers that never rest would leave nothing to what they watch. */
const REST_MS = 2
const FAULTS_TOLD_MAX = 5

/**
 * `loop-reader-process.js SOCKET NAME GROUP CLIENTS LAST`: so many SDK clients that all read in a loop. Every value of
 * the group begins with the number of its generation, up to a colon. Ends when every client holds generation LAST, and
 * prints what it saw as one line of JSON.
 */
async function main([socket = '', name = '', group = '', clientCount = '', last = '']: readonly string[]) {
  const clients = await Promise.all(
    Array.from({ length: Number(clientCount) }, async (_, index) => {
      const identity = { process: name, instance: `${name}-${index}` }
      return new Watch(await connect({ group, socket, ...identity, prepare: index === 0, settleMs: 10 }))
    }),
  )
  process.stdout.write('READY\n')
  while (clients.some(client => client.generation < Number(last))) {
    for (const client of clients) client.read()
    await pause(REST_MS)
  }
  const faults = clients.flatMap(client => client.faults).slice(0, FAULTS_TOLD_MAX)
  const reads = clients.reduce((sum, client) => sum + client.reads, 0)
  const swaps = clients.reduce((sum, client) => sum + client.swaps, 0)
  const report: LoopReport = { reads, swaps, faults }
  process.stdout.write(`REPORT ${JSON.stringify(report)}\n`)
  for (const client of clients) await client.close()
}

/** One client, and what it saw that must never be seen. */
class Watch {
  generation = 0
  reads = 0
  swaps = 0
  readonly faults: string[] = []
  readonly #client: KonorClient
  #activation = 0
  #revision = 0
  #keys: readonly string[] = []

  constructor(client: KonorClient) {
    this.#client = client
  }

  /** Reads the newest snapshot wholly when it is another, and two keys of it one by one in any case. */
  read(): void {
    this.reads++
    const { activation, revision, values } = this.#client.snapshot
    if (activation !== this.#activation) {
      if (activation < this.#activation || revision < this.#revision)
        this.#fault(`went from ${this.#revision} (${this.#activation}) to ${revision} (${activation})`)
      const generations = new Set(Object.values(values).map(generationOf))
      if (generations.size > 1) this.#fault(`revision ${revision} mixes ${[...generations].join(', ')}`)
      const [generation = 0] = generations
      if (generation < this.generation) this.#fault(`generation ${generation} after ${this.generation}`)
      this.swaps++
      this.generation = generation
      this.#activation = activation
      this.#revision = revision
      this.#keys = Object.keys(values)
    }
    const [first, second] = [this.#keys[0], this.#keys.at(-1)].map(key =>
      generationOf(this.#client.get(key ?? '', `${this.generation}:`)),
    )
    if (first !== second) this.#fault(`two keys of one moment are of ${first} and ${second}`)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #fault(what: string): void {
    this.faults.push(what)
  }
}

function generationOf(value: unknown): number {
  return Number.parseInt(String(value), 10)
}

await main(process.argv.slice(2))
