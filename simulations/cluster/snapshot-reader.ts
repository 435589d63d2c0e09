import { createHash } from 'node:crypto'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { LocalStream } from '../../runtime/ports/local-stream.ts'
import { FrameReader, frameOf } from '../../agent/socket/frame.ts'
import type { Machine } from '../world/machine.ts'
import { Program } from '../world/program.ts'
import { SOCKET_PATH } from './simulated-agent.ts'

/** What one answer to `snapshot` said of the generation that it is a piece of. */
export interface Piece {
  readonly revision: number
  readonly digest: string
  readonly activation: number
  readonly size: number
  readonly offset: number
}

/** One generation as it was read, piece by piece, by somebody who named none. */
export interface ReadThrough {
  readonly atMs: number
  readonly node: string
  readonly group: string
  readonly pieces: readonly Piece[]
  /** SHA-256 over all that came. */
  readonly digest: string
}

const AGAIN_MS = 1_500
/** At most this long it leaves a piece before it asks for the next: others change things meanwhile. */
const LINGER_MS = 1_200
/** Or until something else is served, if that comes so soon: the next piece is asked for right after it. */
const OVERTAKEN_MS = 6_000

/**
 * Reads a group through the socket without the SDK, as a script would: registers nothing, names no activation, and
 * takes its time between two pieces.
 */
export class SnapshotReader {
  readonly #machine: Machine
  readonly #group: string
  readonly #onRead: (read: ReadThrough) => void
  #lives = 0
  #program: Program | undefined
  #stream: LocalStream | undefined
  #pieces: Piece[] = []
  #bytes = createHash('sha256')
  #id = 0
  /** Goes on reading, where something else is waited for. */
  #goOn: (() => void) | undefined

  constructor(machine: Machine, group: string, onRead: (read: ReadThrough) => void) {
    this.#machine = machine
    this.#group = group
    this.#onRead = onRead
  }

  start(): void {
    if (this.#program?.isAlive === true || !this.#machine.isUp) return
    const program = new Program(this.#machine, `${this.#machine.name}/reader`, ++this.#lives)
    this.#program = program
    this.#connect(program)
  }

  #connect(program: Program): void {
    const stream = this.#machine.sockets.dialAs(program)(SOCKET_PATH)
    const frames = new FrameReader()
    this.#stream = stream
    this.#forget()
    stream.on('error', () => {})
    stream.once('connect', () =>
      this.#ask({
        op: 'hello',
        protocol: [1, 1],
        process: 'reader',
        instance: `${this.#lives}`,
        pid: 1,
        groups: [{ group: this.#group, observe: true }],
      }),
    )
    stream.on('data', chunk => {
      frames.push(chunk)
      for (let frame = frames.next(); frame !== undefined; frame = frames.next())
        this.#take(program, decodeCbor(frame) as unknown as Answer)
    })
    stream.once('close', () => program.clock.startTimer(AGAIN_MS, () => this.#connect(program)))
  }

  #take(program: Program, answer: Answer): void {
    if (answer.event === 'change') this.#goOn?.()
    if (answer.event !== undefined || answer.id !== this.#id) return
    if (answer.bytes === undefined) return this.#later(program, answer.ok ? 0 : AGAIN_MS, 0)
    const { revision, digest, activation, size, offset, bytes, last } = answer
    this.#pieces.push({ revision, digest, activation, size, offset })
    this.#bytes.update(bytes)
    if (!last) return this.#lingers(program, offset + bytes.length)
    const { world, name: node } = this.#machine
    const read = { atMs: world.nowMs, node, group: this.#group }
    if (program.isAlive) this.#onRead({ ...read, pieces: this.#pieces, digest: this.#bytes.digest('hex') })
    this.#later(program, AGAIN_MS, 0)
  }

  #lingers(program: Program, offset: number): void {
    if (program.random.integer(2) === 0)
      return this.#later(program, program.random.integer(LINGER_MS), offset)
    const stream = this.#stream
    let isWaiting = true
    const goOn = (): void => {
      if (isWaiting && stream === this.#stream) this.#later(program, 0, offset)
      isWaiting = false
    }
    this.#goOn = goOn
    program.clock.startTimer(OVERTAKEN_MS, goOn)
  }

  #later(program: Program, ms: number, offset: number): void {
    const stream = this.#stream
    program.clock.startTimer(ms, () => {
      if (stream !== this.#stream) return
      if (offset === 0) this.#forget()
      this.#ask({ op: 'snapshot', group: this.#group, offset })
    })
  }

  #forget(): void {
    this.#pieces = []
    this.#bytes = createHash('sha256')
  }

  #ask(fields: Readonly<Record<string, CborValue>>): void {
    this.#stream?.write(frameOf(encodeCanonical({ id: ++this.#id, ...fields })))
  }
}

interface Answer extends Piece {
  readonly id: number
  readonly ok: boolean
  readonly event?: string
  readonly bytes?: Uint8Array
  readonly last: boolean
}
