import type { Clock } from '../../runtime/ports/clock.ts'
import type { LocalStream } from '../../runtime/ports/local-stream.ts'
import type { SessionChannel } from './session-context.ts'
import { LINGER_MS } from './socket-limits.ts'

/**
 * The sending half of one accepted connection. Frames that the kernel does not take at once wait here, not in the
 * stream, so that a slow reader's queue can be dropped and its last frame is still the error that says why.
 */
export class SocketOutbox implements SessionChannel {
  readonly #socket: LocalStream
  readonly #clock: Clock
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #blocked = false
  #ending = false

  /** `drained` is called when queued bytes have left. */
  constructor(socket: LocalStream, clock: Clock, drained: () => void) {
    this.#socket = socket
    this.#clock = clock
    socket.on('drain', () => {
      this.#blocked = false
      this.#flush()
      if (!this.#blocked) drained()
    })
  }

  get queuedBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength
  }

  send(frame: Uint8Array): void {
    if (this.#ending || this.#socket.destroyed) return
    if (this.#blocked) {
      this.#waiting.push(frame)
      this.#waitingBytes += frame.length
      return
    }
    this.#blocked = !this.#socket.write(frame)
  }

  abort(last: Uint8Array): void {
    if (this.#ending) return
    this.#waiting.length = 0
    this.#waitingBytes = 0
    this.#finish(last)
  }

  end(): void {
    if (this.#ending) return
    const rest = this.#waiting.splice(0)
    this.#waitingBytes = 0
    for (const frame of rest) this.#socket.write(frame)
    this.#finish(undefined)
  }

  #flush(): void {
    while (!this.#blocked) {
      const frame = this.#waiting.shift()
      if (frame === undefined) return
      this.#waitingBytes -= frame.length
      this.#blocked = !this.#socket.write(frame)
    }
  }

  /**
   * Half-closes behind the last frame and lets the other side read it: what it still sends is read and dropped, since
   * closing with unread bytes would reset the connection under its hands. It has the linger time for that.
   */
  #finish(last: Uint8Array | undefined): void {
    this.#ending = true
    if (this.#socket.destroyed) return
    const cancel = this.#clock.startTimer(LINGER_MS, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#socket.resume()
    if (last === undefined) this.#socket.end()
    else this.#socket.end(last)
  }
}
