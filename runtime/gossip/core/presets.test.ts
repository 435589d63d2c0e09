import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { PRESETS } from './presets.ts'

// From the compiled test back to the README of the sources.
const README = fileURLToPath(new URL('../../../../runtime/gossip/README.md', import.meta.url))

test('the README says the parameters that hold', t => {
  const page = readFileSync(README, 'utf8')
  const { lan, safe, fast, wan } = PRESETS
  for (const name of Object.keys(lan) as (keyof typeof lan)[]) {
    const values = [lan, safe, fast, wan].map(preset => preset[name].toLocaleString('en'))
    const row = page.split('\n').find(line => line.startsWith(`| \`${name}\``))
    t.true(row?.endsWith(`| ${values.join(' | ')} |`), `${name}: ${values.join(' | ')}`)
  }
})
