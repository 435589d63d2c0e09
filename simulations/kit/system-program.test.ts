import { execFile } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { describeMissing, findProgram } from './system-program.ts'
import { tempDir } from './temp-dir.ts'
import { testWith } from './test-with.ts'

const run = promisify(execFile)

const testWithPromtool = await testWith('promtool')

testWithPromtool('promtool is installed when it is missing, and runs', async (t, promtool) => {
  const { stdout, stderr } = await run(promtool, ['--version'])
  t.regex(stdout + stderr, /promtool, version/)
})

test('a program is found on the path when it may be executed', t => {
  const directory = tempDir(t)
  const file = join(directory, 'a-program')
  writeFileSync(file, '#!/bin/sh\n')
  t.is(findProgram('a-program', `/no/such:${directory}`), undefined)
  chmodSync(file, 0o755)
  t.is(findProgram('a-program', `/no/such:${directory}`), file)
})

test('what is missing is named with how to get it, and why it could not be installed', t => {
  const message = describeMissing('promtool', 'no network')
  t.regex(message, /`promtool` is missing/)
  t.regex(message, /apt-get install prometheus/)
  t.regex(message, /Installing it failed: no network/)
})
