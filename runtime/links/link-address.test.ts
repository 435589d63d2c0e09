import test from 'ava'
import { formatLinkAddress, parseLinkAddress } from './link-address.ts'

test('host and port, also of IPv6, are read and written back', t => {
  const cases = {
    '127.0.0.1:7601': { host: '127.0.0.1', port: 7601 },
    'central.example:0': { host: 'central.example', port: 0 },
    '[::1]:65535': { host: '::1', port: 65535 },
    '[fe80::1%eth0]:1': { host: 'fe80::1%eth0', port: 1 },
  }
  for (const [text, address] of Object.entries(cases)) {
    t.deepEqual(parseLinkAddress(text), address)
    t.is(formatLinkAddress(address), text)
  }
})

test('anything else is refused', t => {
  for (const text of [
    '',
    'host',
    ':1',
    'host:',
    'host:65536',
    'host:-1',
    '::1:80',
    'http://host:1',
    'a b:1',
    'h:1e3',
  ])
    t.throws(() => parseLinkAddress(text), { code: 'KONOR_LINK_ADDRESS' }, text)
})
