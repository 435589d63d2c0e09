import { connect, type NetConnectOpts, type Socket } from 'node:net'
import process from 'node:process'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'

/** Connections that may be on their way at once, so that the listener's backlog is not the bound that is met. */
const OPENING_MAX = 100
const NOISE_BYTES_MAX = 2_048

/**
 * `crowd-process.js PORT_OR_PATH COUNT SEED`: opens so many connections, writes noise on each second one, says nothing
 * on the others, and holds what is not closed on it. Prints `CROWD {opened, refused, closed}` when all were tried, and
 * holds on until it is ended.
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
  process.stdout.write(`CROWD ${JSON.stringify(tally)}\n`)
  process.stdin.resume().once('end', () => {
    process.stdout.write(`LEFT ${JSON.stringify(tally)}\n`, () => process.exit(0))
  })
}

await main(process.argv.slice(2))
