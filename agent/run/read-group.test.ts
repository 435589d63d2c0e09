import test from 'ava'
import { parse } from 'yaml'
import { serveGroups, socketPath } from '../socket/testing/serve-groups.ts'
import { type ReadGroupOptions, readGroup } from './read-group.ts'

async function read(options: ReadGroupOptions): Promise<string> {
  let printed = ''
  await readGroup({ ...options, print: text => (printed += text) })
  return printed
}

test('a key is printed as it is, a group as a table or as data', async t => {
  const { path, groups } = await serveGroups(t)
  groups.activate('g', { 'rate-limit': 1000, name: 'x y', list: [1] })
  const options = { group: 'g', socket: path }
  t.is(await read({ ...options, key: 'name' }), 'x y\n')
  t.is(await read({ ...options, key: 'list' }), '[1]\n')
  t.is(
    await read(options),
    '# g revision 1\nKEY         VALUE\nlist        [1]\nname        x y\nrate-limit  1000\n',
  )
  t.is(await read({ ...options, format: 'name' }), 'list\nname\nrate-limit\n')
  t.deepEqual(JSON.parse(await read({ ...options, key: 'name', format: 'json' })), {
    group: 'g',
    key: 'name',
    revision: 1,
    value: 'x y',
  })
  t.like(parse(await read({ ...options, format: 'yaml' })), {
    revision: 1,
    activation: 1,
    values: { list: [1] },
  })
  t.is(groups.count('registered'), 0)
})

test('what cannot be read says so with its code', async t => {
  const path = await socketPath(t)
  await t.throwsAsync(read({ group: 'g', socket: path }), { code: 'KONOR_SOCKET_UNREACHABLE' })
  await serveGroups(t, { path })
  await t.throwsAsync(read({ group: 'h', socket: path }), { code: 'KONOR_SOCKET_GROUP_UNKNOWN' })
  await t.throwsAsync(read({ group: 'g', socket: path, key: 'k' }), { code: 'KONOR_SOCKET_KEY_UNKNOWN' })
})

test('a watch prints what follows, large or small, and ends when it is told to', async t => {
  const { path, groups } = await serveGroups(t)
  const printed: string[] = []
  let wake: () => void = () => undefined
  const until = async (count: number): Promise<void> => {
    while (printed.length < count) await new Promise<void>(resolve => (wake = resolve))
  }
  const stop = new AbortController()
  const print = (text: string): void => {
    printed.push(text)
    wake()
  }
  const watching = readGroup({ group: 'g', key: 'a', socket: path, watch: true, signal: stop.signal, print })
  await until(1)
  groups.activate('g', { a: 'one' })
  await until(2)
  groups.activate('g', { a: 'x'.repeat(300_000) })
  await until(3)
  stop.abort()
  t.is(await watching, 0)
  t.deepEqual(
    printed.map(text => text.trim().slice(0, 3)),
    ['nul', 'one', 'xxx'],
  )
  t.is(groups.acknowledgements('g').length, 0)
})
