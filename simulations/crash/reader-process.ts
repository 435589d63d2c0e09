import { openSync, writeSync } from 'node:fs'
import process from 'node:process'
import type { Change } from '../../agent/sdk/changes.ts'
import { connectClient } from '../../agent/sdk/connect.ts'
import type { Snapshot } from '../../agent/sdk/snapshot.ts'
import { createEnvFaults } from '../../runtime/ports/node/env-faults.ts'
import type { Sighting } from './sighting.ts'

/** The key whose value tells readers how to take a change: `VERB`, or `VERB PROCESS` for one of them. */
const BEHAVIOUR_KEY = 'behave'
const EXIT_CODE = 9

/**
 * A sample process for clusters that are killed: `reader-process.js SOCKET PROCESS LOG GROUP…`. It follows groups
 * through the SDK and writes each snapshot that it observes as a line of LOG, at once, so that its own death loses
 * none. The configuration tells it to `reject` a change, to `hang` on it, or to `exit` at it.
 */
async function main([socket = '', name = '', log = '', ...groups]: readonly string[]): Promise<void> {
  const file = openSync(log, 'a')
  const faults = createEnvFaults(process.env)
  const instance = `${name}-${process.pid}`
  const write = ({ group, revision, activation, digest }: Snapshot): void => {
    const sighting: Sighting = { instance, group, revision, activation, digest }
    writeSync(file, `${JSON.stringify(sighting)}\n`)
  }
  for (const group of groups) {
    const client = await connectClient({ group, process: name, instance, socket, settleMs: 50 }, { faults })
    write(client.snapshot)
    client.onChange(change => {
      write(change.next)
      return behave(name, change)
    })
  }
  process.stdout.write('READY\n')
}

function behave(name: string, { next }: Change): unknown {
  const [verb, whom = name] = String(next.values[BEHAVIOUR_KEY] ?? '').split(' ')
  if (whom !== name) return undefined
  if (verb === 'reject') throw new Error(`${name} was told to reject revision ${next.revision}`)
  if (verb === 'hang') return new Promise(() => undefined)
  if (verb === 'exit') process.exit(EXIT_CODE)
  return undefined
}

await main(process.argv.slice(2))
