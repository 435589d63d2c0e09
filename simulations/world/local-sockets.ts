import type { DialLocal, ListenLocal, LocalListener } from '../../runtime/ports/local-stream.ts'
import type { Program } from './program.ts'
import { SimulatedStream } from './simulated-stream.ts'
import type { LocalMessage, World } from './world.ts'

interface Bound {
  readonly program: Program
  readonly listener: LocalListener
}

/** The Unix sockets of one machine, by path. */
export class LocalSockets {
  readonly #world: World
  readonly #machine: string
  readonly #bound = new Map<string, Bound>()
  /** The open connections of each program that dialled, by its name. */
  readonly #dialled = new Map<string, Set<SimulatedStream>>()

  constructor(world: World, machine: string) {
    this.#world = world
    this.#machine = machine
  }

  listenAs(program: Program): ListenLocal {
    return async listener => {
      const { path } = listener
      if (!program.isAlive) return new Promise(() => {})
      if (this.#bound.has(path)) throw failure('EADDRINUSE', path)
      const bound: Bound = { program, listener }
      this.#bound.set(path, bound)
      const unbind = (): void => {
        if (this.#bound.get(path) === bound) this.#bound.delete(path)
      }
      program.onEnd(unbind)
      return async () => unbind()
    }
  }

  /**
   * The connections of a program break for itself at once, and for the other side so much later: somebody else, a child
   * of it, holds them open. Answers how many there were.
   */
  cut(program: string, lagMs: number): number {
    const open = [...(this.#dialled.get(program) ?? [])].filter(stream => !stream.destroyed)
    for (const stream of open) stream.cut(failure('ECONNRESET', program), lagMs)
    return open.length
  }

  #keep(program: string, stream: SimulatedStream): void {
    const streams = this.#dialled.get(program) ?? new Set()
    for (const one of streams) if (one.destroyed) streams.delete(one)
    this.#dialled.set(program, streams.add(stream))
  }

  dialAs(program: Program): DialLocal {
    return path => {
      const random = this.#world.random(`socket ${this.#machine} ${program.name}`)
      const connection = {}
      let server: Program | undefined
      const show =
        (end: 'server' | 'client') =>
        (what: LocalMessage['what'], bytes?: Uint8Array): void => {
          if (server === undefined) return
          const about = { what, end, server, client: program, connection }
          this.#world.onLocal(bytes === undefined ? about : { ...about, bytes })
        }
      const stream = new SimulatedStream(program, random, show('client'))
      program.later(0, () => {
        const bound = this.#bound.get(path)
        if (bound === undefined) return stream.destroy(failure('ECONNREFUSED', path))
        server = bound.program
        const far = new SimulatedStream(server, random, show('server'))
        stream.join(far)
        far.join(stream)
        this.#keep(program.name, stream)
        bound.program.enter(() => bound.listener.onStream(far))
        stream.emitConnect()
      })
      return stream
    }
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
