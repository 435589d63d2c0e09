import { isIP } from 'node:net'

/** Whether an address stays on this machine: 127.0.0.0/8, ::1, or the name that stands for them. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
