import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import test from 'ava'
import { testWithout } from '../../../simulations/kit/test-with.ts'
import { nodeSockets } from './node-sockets.ts'

const hasIPv6 = Object.values(networkInterfaces()).some(all => all?.some(({ family }) => family === 'IPv6'))
const testWithIPv6 = hasIPv6 ? test : testWithout('This machine has no IPv6.')

testWithIPv6(
  'a socket on :: sends to IPv4 members and hears them by the addresses that all know',
  async t => {
    const both = await nodeSockets.bindDatagrams({ host: '::', port: 0 })
    t.teardown(() => both.close())
    const member = createSocket('udp4').bind(0, '127.0.0.1')
    t.teardown(() => member.close())
    await once(member, 'listening')
    member.on('message', (datagram, { address, port }) => member.send(datagram, port, address))
    const to = { host: '127.0.0.1', port: member.address().port }
    const heard = new Promise(resolve => both.onDatagram((_, from) => resolve(from)))
    const refused = await new Promise(resolve => both.send(Buffer.from('hello'), to, resolve))
    t.is(refused, null)
    t.deepEqual(await heard, to)
  },
)
