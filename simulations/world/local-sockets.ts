import type { DialLocal, ListenLocal, LocalListener } from '../../runtime/ports/local-stream.ts'
import type { Program } from './program.ts'
import { SimulatedStream } from './simulated-stream.ts'
import type { World } from './world.ts'

interface Bound {
  readonly program: Program
  readonly listener: LocalListener
}

/** The Unix sockets of one machine, by path. */
export class LocalSockets {
  readonly #world: World
  readonly #machine: string
  readonly #bound = new Map<string, Bound>()

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

  dialAs(program: Program): DialLocal {
    return path => {
      const random = this.#world.random(`socket ${this.#machine} ${program.name}`)
      const stream = new SimulatedStream(program, random)
      program.later(0, () => {
        const bound = this.#bound.get(path)
        if (bound === undefined) return stream.destroy(failure('ECONNREFUSED', path))
        const far = new SimulatedStream(bound.program, random)
        stream.join(far)
        far.join(stream)
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
