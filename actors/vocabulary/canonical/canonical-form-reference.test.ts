import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { canonicalFormReference } from './canonical-form-reference.ts'

const PAGE = join('docs', 'reference', 'canonical-form.md')

// To accept a new page: KONOR_ACCEPT=1. A changed row means that stored digests no longer hold.
test('the committed reference page is what the codec does', t => {
  const generated = canonicalFormReference()
  if (process.env['KONOR_ACCEPT'] === '1') writeFileSync(PAGE, generated)
  t.is(readFileSync(PAGE, 'utf8'), generated)
})
