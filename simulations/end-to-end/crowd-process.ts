import { connect, type NetConnectOpts, type Socket } from 'node:net'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'

/** Connections that may be on their way at once, so that the listener's backlog is not the bound that is met. */
const OPENING_MAX = 100
const NOISE_BYTES_MAX = 2_048

/**
 * `crowd-process.js PORT_OR_PATH COUNT SEED`: opens so many connections, writes noise on each second one, says nothing
 * on the others, and holds what is not closed on it. Prints `CROWD` when all were tried; from then on it answers each
 * line that it reads with `TALLY {opened, refused, closed}`, and ends when there is nothing more to read.
 */
async function main([place = '', count = '', seed = '']: readonly string[]): Promise<void> {
  const target: NetConnectOpts = /^\d+$/.test(place)
    ? { host: '127.0.0.1', port: Number(place) }
    : { path: place }
  const random = new SeededRandom(seed)
  const tally = { opened: 0, refused: 0, closed: 0 }
  const open = (noise: Uint8Array | undefined): Promise<void> =>
    new Promise(resume => {
      const socket: Socket = connect(target)
      let isOpen = false
      socket.once('connect', () => {
        isOpen = true
        tally.opened++
        if (noise !== undefined) socket.write(noise)
        resume()
      })
      // How it ended is told by `close`, which follows.
      socket.on('error', () => {})
      socket.once('close', () => {
        if (isOpen) tally.closed++
        else tally.refused++
        resume()
      })
      socket.resume()
    })
  for (let from = 0; from < Number(count); from += OPENING_MAX) {
    const wave = Array.from({ length: Math.min(OPENING_MAX, Number(count) - from) }, (_, index) =>
      open(index % 2 === 0 ? random.bytes(1 + Math.floor(random.fraction() * NOISE_BYTES_MAX)) : undefined),
    )
    await Promise.all(wave)
  }
  process.stdout.write('CROWD\n')
  for await (const _line of createInterface(process.stdin))
    process.stdout.write(`TALLY ${JSON.stringify(tally)}\n`)
  process.exit(0)
}

await main(process.argv.slice(2))
