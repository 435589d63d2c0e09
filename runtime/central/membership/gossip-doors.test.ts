import test from 'ava'
import { gossipDoors } from './gossip-doors.ts'

test('a wildcard, however it is written, is told as the host of --advertise, and nothing else is', async t => {
  t.deepEqual(await gossipDoors('10.0.0.1:7602', 'konor.example:7601'), { bind: '10.0.0.1:7602' })
  for (const bind of ['0.0.0.0:7602', '[::]:7602', '[::0]:7602', '[0:0:0:0:0:0:0:0]:7602'])
    t.deepEqual(await gossipDoors(bind, '10.0.0.1:7601'), { bind, advertise: '10.0.0.1:7602' })
  t.deepEqual(await gossipDoors('[::]:7602', '[fd00::1]:7601'), {
    bind: '[::]:7602',
    advertise: '[fd00::1]:7602',
  })
  await t.throwsAsync(gossipDoors('[::0]:7602', undefined), { code: 'KONOR_GOSSIP_ADDRESS' })
})

test('an address that is not bound is not advertised', async t => {
  const refusal = { code: 'KONOR_GOSSIP_ADDRESS', message: /nobody reaches 0\.0\.0\.0:7602 at fd00::1/ }
  await t.throwsAsync(gossipDoors('0.0.0.0:7602', '[fd00::1]:7601'), refusal)
  t.deepEqual(await gossipDoors('0.0.0.0:7602', 'localhost:7601'), {
    bind: '0.0.0.0:7602',
    advertise: '127.0.0.1:7602',
  })
})
