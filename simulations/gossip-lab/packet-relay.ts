import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Random } from '../../runtime/ports/random.ts'
import { freePort } from '../kit/free-port.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'

const LOOPBACK = '127.0.0.1'
/** Datagrams on their way at once; more are lost, as in a network. */
const UNDER_WAY_MAX = 10_000

/** What happens to datagrams on their way. Each goes its own: unequal delays reorder them. */
export interface Weather {
  readonly delayMs: readonly [least: number, most: number]
  readonly lossFraction: number
  readonly duplicateFraction: number
}

/** Where a member binds, and what it tells others to send to. */
export interface Berth {
  readonly port: number
  readonly advertise: string
}

interface Front {
  readonly socket: UdpSocket
  readonly realPort: number
}

/**
 * Stands between members, as a network does that delays, reorders, repeats and loses: each member is known to others by
 * an address of the relay, and what it sends comes from the address of the relay that the others know it by. It needs
 * no help of the kernel, so it works everywhere.
 */
export class PacketRelay {
  readonly #t: TeardownContext
  readonly #random: Random
  readonly #weather: Weather
  readonly #fronts = new Map<number, Front>()
  #underWay = 0
  #delivered = 0
  #closed = false

  constructor(t: TeardownContext, random: Random, weather: Weather) {
    this.#t = t
    this.#random = random
    this.#weather = weather
  }

  get delivered(): number {
    return this.#delivered
  }

  /** A place for one member. */
  async berth(): Promise<Berth> {
    const realPort = await freePort()
    const server = createServer(socket => this.#join(socket, realPort)).listen(0, LOOPBACK)
    await once(server, 'listening')
    this.#t.teardown(() => void server.close())
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const socket = createSocket('udp4').bind(port, LOOPBACK)
    await once(socket, 'listening')
    this.#t.teardown(() => {
      this.#closed = true
      socket.close()
    })
    socket.on('message', (datagram, from) => this.#pass(datagram, from.port, realPort))
    this.#fronts.set(realPort, { socket, realPort })
    return { port: realPort, advertise: `${LOOPBACK}:${port}` }
  }

  #pass(datagram: Buffer, fromPort: number, toPort: number): void {
    const from = this.#fronts.get(fromPort)
    if (from === undefined || this.#random.fraction() < this.#weather.lossFraction) return
    const copies = this.#random.fraction() < this.#weather.duplicateFraction ? 2 : 1
    for (let copy = 0; copy < copies; copy++) this.#deliver(datagram, from.socket, toPort)
  }

  #deliver(datagram: Buffer, from: UdpSocket, toPort: number): void {
    if (this.#underWay >= UNDER_WAY_MAX) return
    this.#underWay++
    const timer = setTimeout(() => {
      this.#underWay--
      if (this.#closed) return
      this.#delivered++
      // A member that is gone refuses it: a packet lost.
      from.send(datagram, toPort, LOOPBACK, () => {})
    }, this.#delay())
    timer.unref()
  }

  /** Streams are as late as packets are in the mean, and in order. */
  #join(caller: Socket, realPort: number): void {
    const callee = connect(realPort, LOOPBACK)
    for (const [from, to] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('data', chunk => this.#later(() => to.write(chunk)))
      from.on('end', () => this.#later(() => to.end()))
    }
    this.#t.teardown(() => {
      caller.destroy()
      callee.destroy()
    })
  }

  #later(act: () => void): void {
    const [least, most] = this.#weather.delayMs
    setTimeout(act, (least + most) / 2).unref()
  }

  #delay(): number {
    const [least, most] = this.#weather.delayMs
    return least + this.#random.fraction() * (most - least)
  }
}
