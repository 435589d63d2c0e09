import test from 'ava'
import { testLinkConformance } from './conformance.ts'
import { createTcpTransport } from './tcp-link.ts'

testLinkConformance(test, 'tcp', () => ({ transport: createTcpTransport(), address: '127.0.0.1:0' }))
