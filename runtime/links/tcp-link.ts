import type { LinkTransport } from './link.ts'
import { dialTcp } from './tcp-dial.ts'
import { TCP_LIMITS, type TcpLimits } from './tcp-limits.ts'
import { TcpServer } from './tcp-server.ts'

/**
 * Links over TCP: Noise IK (the dialler pins the other's key and shows its own), then sealed messages. There is no
 * fallback to anything weaker. Sources: Noise Protocol Framework rev. 34, pattern IK; libsodium secretstream.
 */
export function createTcpTransport(narrowed: Partial<TcpLimits> = {}): LinkTransport {
  const limits = { ...TCP_LIMITS, ...narrowed }
  return {
    listen: options => TcpServer.listen(options, limits),
    dial: async options => dialTcp(options, limits),
  }
}
