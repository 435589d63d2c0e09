import fc from 'fast-check'
import test from 'ava'
import { blankOut } from './blank-out.ts'

function codeOf(text: string): string {
  return blankOut(text).code.replaceAll(/\s+/g, ' ').trim()
}

test('comments and the inside of strings are no code', t => {
  t.is(codeOf('a() // Date.now()\nb("Date.now()") /* c() */ + d'), 'a() b(" ") + d')
  t.is(codeOf(String.raw`say('it\'s', 1)`), "say(' ', 1)")
})

test('what stands in a hole of a template is code, also in a template within', t => {
  t.is(codeOf('`now ${Date.now()} then`'), '` ${Date.now()} `')
  t.is(codeOf('`a ${`b ${c({ d: 1 })} e`} f` + g'), '` ${` ${c({ d: 1 })} `} ` + g')
})

test('a slash divides after a value and begins a regular expression elsewhere', t => {
  t.is(codeOf('const half = total / 2 / "//".length'), 'const half = total / 2 / " ".length')
  t.is(codeOf(String.raw`x = /['"/*]\/[/]/.test(y) // z`), 'x = / /.test(y)')
})

test('uncommented keeps import specifiers', t => {
  t.is(blankOut("import './a.ts' // from './b.ts'").uncommented.trim(), "import './a.ts'")
})

test('lengths and lines never change, whatever the text', t => {
  const piece = fc.constantFrom('/', '*', '"', "'", '`', '${', '{', '}', '\\', '\n', 'a', ' ', '[', ']', '(')
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
        const text = pieces.join('')
        const { code, uncommented } = blankOut(text)
        for (const result of [code, uncommented]) {
          if (result.length !== text.length) return false
          if (result.replaceAll(/[^\n]/g, '') !== text.replaceAll(/[^\n]/g, '')) return false
        }
        return true
      }),
    ),
  )
})
