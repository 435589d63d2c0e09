import test from 'ava'
import { testLinkConformance } from '../../runtime/links/conformance.ts'
import { createKeyPair } from '../../runtime/links/secret-stream.ts'
import { Machine } from './machine.ts'
import { Network } from './network.ts'
import { Program } from './program.ts'
import { createSimulatedTransport } from './simulated-transport.ts'
import { World } from './world.ts'

/** Two programs on two machines, and their network. */
function twoMachines() {
  const world = new World('links')
  const network = new Network(world)
  const programs = ['near', 'far'].map(name => {
    const machine = new Machine(world, name)
    network.add(machine)
    return new Program(machine, name, 1)
  })
  const [near, far] = programs
  if (near === undefined || far === undefined) throw new Error('two machines were made')
  return { world, network, near, far }
}

testLinkConformance(test, 'simulated', () => {
  const { world, network, far } = twoMachines()
  // Both ends are one program here; somebody has to let time pass while the tests wait.
  const transport = createSimulatedTransport(network, far)
  const pass = (): void =>
    void world.run(1_000).then(() => {
      setImmediate(pass).unref()
    })
  pass()
  return { transport, address: 'far:0' }
})

const keyPair = createKeyPair(new Uint8Array(32))

async function linked() {
  const { world, network, near, far } = twoMachines()
  const heard: string[] = []
  let closed = 0
  await createSimulatedTransport(network, far).listen({
    address: 'far:7601',
    keyPair,
    connectionsMax: 10,
    handshakeTimeoutMs: 1_000,
    onLink: link => {
      void link.closed.then(() => closed++)
      return { onMessage: message => void heard.push(`${message[0]} at ${Math.floor(world.nowMs)}`) }
    },
  })
  const dialled = createSimulatedTransport(network, near).dial({
    address: 'far:7601',
    keyPair,
    remotePublicKey: keyPair.publicKey,
    timeoutMs: 5_000,
    handler: () => ({ onMessage() {} }),
  })
  await world.run(100)
  return { world, network, near, far, link: await dialled, heard, closedOverThere: () => closed }
}

test('what is sent into a partition arrives when it is over, in order', async t => {
  const { world, network, link, heard } = await linked()
  network.block('near', 'far')
  for (const value of [1, 2, 3]) link.send(Uint8Array.of(value))
  await world.run(900)
  t.deepEqual(heard, [])
  network.unblock('near', 'far')
  await world.run(1_000)
  t.deepEqual(heard, ['1 at 1000', '2 at 1000', '3 at 1000'])
})

test('a program that crashes is noticed at once; a machine without power only when it is back', async t => {
  const crashed = await linked()
  crashed.near.kill('crash')
  await crashed.world.run(100)
  t.is(crashed.closedOverThere(), 1)

  const cut = await linked()
  cut.far.machine.powerOff()
  let isOver = false
  void cut.link.closed.then(() => (isOver = true))
  cut.link.send(Uint8Array.of(1))
  await cut.world.run(60_000)
  t.false(isOver)
  cut.far.machine.powerOn()
  cut.link.send(Uint8Array.of(2))
  await cut.world.run(1_000)
  t.true(isOver)
  t.deepEqual(cut.heard, [])
})

test('a program that stands still hears everything later, and its timers are late', async t => {
  const { world, far, link, heard } = await linked()
  far.pause()
  let firedAtMs = 0
  far.clock.startTimer(10, () => (firedAtMs = world.nowMs))
  link.send(Uint8Array.of(1))
  await world.run(900)
  t.deepEqual([heard.length, firedAtMs], [0, 0])
  far.resume()
  t.deepEqual(heard, ['1 at 1000'])
  t.is(firedAtMs, 1_000)
})

/** Found by `konor simulate --seed 198`: a central that was killed while it began kept its address for ever. */
test('a program that is gone binds nothing any more', async t => {
  const { world, network, far } = twoMachines()
  const listenOptions = {
    address: 'far:7601',
    keyPair,
    connectionsMax: 1,
    handshakeTimeoutMs: 1_000,
    onLink: () => ({ onMessage() {} }),
  }
  far.kill('crash')
  void createSimulatedTransport(network, far).listen(listenOptions)
  const next = new Program(far.machine, 'far', 2)
  const listening = createSimulatedTransport(network, next).listen(listenOptions)
  await world.run(10)
  t.is((await listening).address, 'far:7601')
})
