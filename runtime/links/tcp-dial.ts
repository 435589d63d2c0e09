import { connect, type Socket } from 'node:net'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { DialOptions, Link } from './link.ts'
import { parseLinkAddress } from './link-address.ts'
import { NoiseLink } from './noise-link.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** One attempt to reach a peer over TCP and to see its key proven, all within `timeoutMs`. */
export function dialTcp(options: DialOptions, limits: TcpLimits): Promise<Link> {
  const { host, port } = parseLinkAddress(options.address)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true })
    const end = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => end(timedOut(options)), options.timeoutMs)
    const unreachable = (cause: Error): void => end(unreached(options, cause))
    socket.once('error', unreachable)
    socket.once('connect', () => {
      socket.off('error', unreachable)
      const established = (link: Link): void => {
        clearTimeout(timer)
        resolve(link)
      }
      shakeHands(socket, options, limits, established, end)
    })
  })
}

function shakeHands(
  socket: Socket,
  options: DialOptions,
  limits: TcpLimits,
  onLink: (link: Link) => void,
  onFailed: (error: Error) => void,
): NoiseLink {
  return new NoiseLink(socket, {
    keyPair: options.keyPair,
    remotePublicKey: options.remotePublicKey,
    // Each dialled peer is one that we chose: its unfinished message is the only one counted here.
    budget: { usedBytes: 0, maxBytes: limits.unfinishedBytesMax },
    frameTimeoutMs: limits.frameTimeoutMs,
    onOpen: link => {
      const handler = options.handler(link)
      onLink(link)
      return handler
    },
    onClosed: (_link, reason) => onFailed(reason ?? unreached(options, undefined)),
  })
}

function timedOut({ address, timeoutMs }: DialOptions): KonorError {
  return new KonorError(
    'KONOR_LINK_TIMEOUT',
    `${address} did not finish the handshake within ${timeoutMs} ms`,
  )
}

function unreached({ address }: DialOptions, cause: NodeJS.ErrnoException | undefined): KonorError {
  // A listener that closes what it accepted may do so before this side saw the connection stand.
  if (cause?.code === 'ECONNRESET')
    return new KonorError('KONOR_LINK_REFUSED', `${address} reset the connection at once`, { cause })
  const why = cause?.message ?? 'closed'
  return new KonorError('KONOR_LINK_UNREACHABLE', `no connection to ${address}: ${why}`, { cause })
}
