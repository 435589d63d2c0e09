import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'ava'
import { ChildProgram } from './child-program.ts'
import { pollUntil } from './poll-until.ts'
import type { TeardownContext } from './teardown-context.ts'

const node = process.execPath

/** A `t` whose end the test itself decides. */
function manualTeardown(): TeardownContext & { run(): Promise<void> } {
  const teardowns: (() => void | Promise<void>)[] = []
  return {
    teardown: fn => void teardowns.push(fn),
    async run() {
      for (const fn of teardowns.toReversed()) await fn()
    },
  }
}

/**
 * Whether something listens there: unlike a process id, that says no of a process that is dead but not yet
 * reaped.
 */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('collects both streams and tells how a program ended', async t => {
  const child = new ChildProgram(t, node, ['-e', 'console.log("out"); console.error("err"); process.exit(3)'])
  t.deepEqual(await child.exited, { code: 3, signal: null })
  t.is(child.stdout, 'out\n')
  t.is(child.stderr, 'err\n')
  t.false(child.running)
})

test('hands in the environment and the input, and waits for what is said', async t => {
  const echo = 'process.stdin.on("data", text => console.log(process.env.GREETING + " " + text))'
  const child = new ChildProgram(t, node, ['-e', echo], { env: { GREETING: 'hello' } })
  child.write('world')
  const [, name] = await child.waitForOutput(/hello (\w+)/)
  t.is(name, 'world')
  child.endInput()
  t.deepEqual(await child.exited, { code: 0, signal: null })
})

test('a wait in vain shows what the program said', async t => {
  const child = new ChildProgram(t, node, ['-e', 'console.log("not that"); process.stdin.resume()'])
  await child.waitForOutput(/not that/)
  const error = await t.throwsAsync(child.waitForOutput(/ready/, { timeoutMs: 1 }))
  t.regex(error.message, /its output matches \/ready\//)
  t.regex(error.message, /--- stdout\nnot that/)
})

test('a wait for a program that has ended fails without waiting for the timeout', async t => {
  const child = new ChildProgram(t, node, ['-e', 'console.error("no such flag")'])
  const error = await t.throwsAsync(child.waitForOutput(/ready/, { timeoutMs: 600_000 }))
  t.regex(error.message, /no such flag/)
})

test('a program that cannot be started says so', async t => {
  const child = new ChildProgram(t, '/no/such/program', [])
  await t.throwsAsync(child.exited, { code: 'ENOENT' })
})

test('stop lets a program end by itself, kill does not', async t => {
  const program =
    'process.on("SIGTERM", () => process.exit(7)); console.log("up"); setInterval(() => {}, 1e6)'
  const stopped = new ChildProgram(t, node, ['-e', program])
  const killed = new ChildProgram(t, node, ['-e', program])
  await stopped.waitForOutput(/up/)
  await killed.waitForOutput(/up/)
  t.deepEqual(await stopped.stop(), { code: 7, signal: null })
  t.deepEqual(await killed.kill(), { code: null, signal: 'SIGKILL' })
})

test('the end of a test takes a program and the programs that it started', async t => {
  const scope = manualTeardown()
  const grandchild = `
    const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
      console.log('port', server.address().port)
    })`
  const program = `
    const { spawn } = require('node:child_process')
    spawn(process.execPath, ['-e', process.env.GRANDCHILD], { stdio: 'inherit' })
    setInterval(() => {}, 1e6)`
  const child = new ChildProgram(scope, node, ['-e', program], { env: { GRANDCHILD: grandchild } })
  const [, port] = await child.waitForOutput(/port (\d+)/)
  t.true(await answers(Number(port)))
  await scope.run()
  t.false(child.running)
  await pollUntil('the grandchild is gone', async () => !(await answers(Number(port))))
})
