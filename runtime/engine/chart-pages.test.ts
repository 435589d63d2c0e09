import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { chartPages, withGenerated } from './chart-pages.ts'

for (const [path, generated] of chartPages()) {
  test(`${path} shows the chart as it is`, t => {
    const page = readFileSync(path, 'utf8')
    const expected = withGenerated(page, generated)
    if (process.env['KONOR_ACCEPT'] === '1') writeFileSync(path, expected)
    t.is(readFileSync(path, 'utf8'), expected)
  })
}

test('every state of every chart is drawn', t => {
  for (const generated of chartPages().values()) {
    t.regex(generated, /stateDiagram-v2\n {2}(\[\*\] --> |state )/)
    t.notRegex(generated, /undefined|\[object/)
  }
})
