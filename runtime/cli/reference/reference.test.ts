import { existsSync, readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { createProgram } from '../program.ts'
import { lessonOf } from '../teach.ts'
import { REFERENCE_FOLDER, renderReference } from './render-reference.ts'

const HOW = 'run: npm run generate'

test('the committed reference is what the declarations say', async t => {
  const files = await renderReference()
  for (const [path, text] of files) {
    const file = new URL(path, REFERENCE_FOLDER)
    t.true(existsSync(file), `docs/reference/${path} is missing; ${HOW}`)
    if (existsSync(file))
      t.is(readFileSync(file, 'utf8'), text, `docs/reference/${path} is out of date; ${HOW}`)
  }
  for (const name of readdirSync(new URL('errors/', REFERENCE_FOLDER)))
    t.true(files.has(`errors/${name}`), `docs/reference/errors/${name} is of no code; ${HOW}`)
})

test('every verb teaches: an example that is one of its own, and the next step', t => {
  const check = (command: ReturnType<typeof createProgram>, words: string): void => {
    for (const verb of command.commands) {
      const line = `${words} ${verb.name()}`
      const lesson = lessonOf(verb)
      t.true((lesson?.examples.length ?? 0) > 0, line)
      t.true(
        lesson?.examples.some(([example]) => example.includes(line)),
        line,
      )
      t.regex(lesson?.next ?? '', /\S/, line)
      t.not(verb.summary(), '', line)
      check(verb, line)
    }
  }
  check(createProgram(), 'konor')
})
