import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import test from 'ava'
import { freePort } from './free-port.ts'

test('a free TCP port can be bound', async t => {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.like(server.address(), { port })
  server.close()
  await once(server, 'close')
})

test('a free UDP port can be bound', async t => {
  const port = await freePort('udp')
  const socket = createSocket('udp4').bind(port, '127.0.0.1')
  await once(socket, 'listening')
  t.is(socket.address().port, port)
  socket.close()
  await once(socket, 'close')
})
