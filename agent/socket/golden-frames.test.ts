import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { errors } from '../../actors/vocabulary/errors/index.ts'
import { socketErrors } from '../../actors/vocabulary/errors/socket.ts'
import * as limits from './socket-limits.ts'
import { goldenFrames, renderGoldenFrames } from './testing/golden-frames.ts'

// From the compiled test back to the page of the repository.
const PAGE = fileURLToPath(new URL('../../../docs/reference/socket-protocol.md', import.meta.url))
const BEGIN = '<!-- golden frames: generated -->\n'
const END = '<!-- end of golden frames -->'

test('the reference shows the frames that are sent', t => {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN) + BEGIN.length), page.slice(page.indexOf(END))]
  const current = `${before}\n${renderGoldenFrames(goldenFrames())}\n${rest}`
  // After a wanted change of the protocol: KONOR_UPDATE_GOLDEN=1, and read the difference.
  if (process.env['KONOR_UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, current)
  t.is(readFileSync(PAGE, 'utf8'), current)
})

test('the reference names every error and the bounds that hold', t => {
  const page = readFileSync(PAGE, 'utf8')
  const named = new Set(page.match(/KONOR_SOCKET_[A-Z_]+/g))
  for (const code of named) t.true(code in errors || code === 'KONOR_SOCKET_', `${code} is in the table`)
  const answers = Object.keys(socketErrors).filter(code => code.startsWith('KONOR_SOCKET_'))
  const atTheProcess = ['UNREACHABLE', 'REQUEST_TIMEOUT', 'REQUESTS_FULL', 'DISCONNECTED', 'DIGEST_MISMATCH']
  const notSent = new Set(
    [...atTheProcess, 'IN_USE', 'PATH_INVALID', 'KEY_UNKNOWN'].map(end => `KONOR_SOCKET_${end}`),
  )
  for (const code of answers) t.true(named.has(code) || notSent.has(code), `${code} is on the page`)
  for (const bound of [limits.REGISTRATIONS_PER_CONNECTION_MAX, limits.CONNECTIONS_MAX]) {
    t.true(page.includes(`| ${bound} |`), `the page says ${bound}`)
  }
  for (const ms of [
    limits.HELLO_TIMEOUT_MS,
    limits.FRAME_TIMEOUT_MS,
    limits.IDLE_PING_MS,
    limits.LINGER_MS,
  ]) {
    t.true(page.includes(`| ${ms / 1_000} s |`), `the page says ${ms} ms`)
  }
})
