import test from 'ava'
import { hostOf, whereToBind } from './where-to-bind.ts'

const places = (chosen: string | undefined, last: string | null, localHost: string | undefined) =>
  whereToBind({ chosen, last, localHost }).map(({ bind, advertise }) =>
    advertise === undefined ? bind : `${bind} as ${advertise}`,
  )

test('by itself it is where central reaches this machine: at the former port, the usual one, or any', t => {
  t.deepEqual(places(undefined, null, undefined), [])
  t.deepEqual(places(undefined, null, '10.0.0.5'), ['10.0.0.5:7602', '10.0.0.5:0'])
  t.deepEqual(places(undefined, '10.0.0.5:4000', '10.0.0.5'), [
    '10.0.0.5:4000',
    '10.0.0.5:7602',
    '10.0.0.5:0',
  ])
  t.deepEqual(places(undefined, '10.0.0.5:7602', undefined), ['10.0.0.5:7602', '10.0.0.5:0'])
  t.deepEqual(places(undefined, 'fd00::5', 'fd00::7'), ['[fd00::7]:7602', '[fd00::7]:0'])
})

test('on another network the former port means nothing', t => {
  t.deepEqual(places(undefined, '10.0.0.5:4000', '10.1.0.5'), ['10.1.0.5:7602', '10.1.0.5:0'])
})

test('what the operator chose is the only place; a wildcard is told as the address that leads to central', t => {
  t.deepEqual(places('10.0.0.9:5000', '10.0.0.5:4000', '10.0.0.5'), ['10.0.0.9:5000'])
  t.deepEqual(places('0.0.0.0:5000', null, '10.0.0.5'), ['0.0.0.0:5000 as 10.0.0.5:5000'])
  t.deepEqual(places('[::]:0', '[fd00::5]:4000', undefined), ['[::]:0 as [fd00::5]:0'])
  t.deepEqual(places('0.0.0.0:5000', null, undefined), [])
  t.throws(() => places('konor.example:7602', null, '10.0.0.5'), { code: 'KONOR_GOSSIP_ADDRESS' })
})

test('an IPv4 address comes out of its IPv6 clothes', t => {
  t.is(hostOf('[::ffff:10.0.0.5]:7601'), '10.0.0.5')
  t.is(hostOf('[fd00::5]:7601'), 'fd00::5')
  t.is(hostOf('?:0'), undefined)
})
