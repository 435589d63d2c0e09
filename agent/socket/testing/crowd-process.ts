import { connect } from 'node:net'
import { RawClient } from './raw-client.ts'

/**
 * A crowd in a process of its own: opens as many connections as its second argument says to the socket of its first.
 * Each begins a frame that it never ends. Says how many were refused with which code, and stays until its standard
 * input ends.
 */
const [, , path = '', count = '0'] = process.argv
const LARGEST_CLAIM = Buffer.from([0x00, 0x20, 0x00, 0x00, 0xa1, 0x62])
const refusals = new Map<string, number>()
let decided = 0

for (let index = 0; index < Number(count); index++) {
  const socket = connect(path)
  const client = new RawClient(socket)
  socket.write(LARGEST_CLAIM)
  void client.refusal().then(code => {
    refusals.set(String(code), (refusals.get(String(code)) ?? 0) + 1)
    tell()
  })
}

function tell(): void {
  decided++
  process.stdout.write(`${JSON.stringify({ decided, refusals: Object.fromEntries(refusals) })}\n`)
}
process.stdin.resume().once('end', () => process.exit())
