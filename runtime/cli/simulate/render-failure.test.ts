import test from 'ava'
import { excerptOf, marked, rebased } from './render-failure.ts'
import { violationsText } from './render-run.ts'
import { renderStory } from '../../../simulations/story/render-story.ts'

const story = Array.from({ length: 200 }, (_, index) => ({
  atMs: index * 100,
  who: index % 50 === 0 ? 'admin' : 'n1',
  what: index % 50 === 0 ? `d${index}: changes /web` : `did thing ${index}`,
}))
const broken = { promise: 2, what: 'n1/a saw web@2 at 12.345 s, which its policy never allowed' }

test('a finding is marked where it happened, and the excerpt leads there', t => {
  const lines = excerptOf(renderStory(marked(story, [broken])))
    .trimEnd()
    .split('\n')
  const mark = lines.findIndex(line => line.includes('!!'))
  t.regex(lines[mark] ?? '', /^ +12\.345 s {2}!! +broken: n1\/a saw web@2/)
  t.regex(lines[mark - 1] ?? '', / 12\.300 s .* did thing 123$/)
  t.regex(lines.at(-1) ?? '', /… \d+ more lines until the end/)
  t.true(
    lines.some(line => line.includes('d0: changes /web')),
    'deeds of the beginning are told',
  )
  t.true(lines.length < 60)
})

test('without a time, the end of the story is told', t => {
  const text = excerptOf(renderStory(marked(story, [{ promise: 5, what: 'it never settles' }])))
  t.regex(text, /did thing 199\n$/)
  t.false(text.includes('!!'))
})

test('a finding can be told by the clock of its story', t => {
  t.is(rebased(broken, 12_000).what, 'n1/a saw web@2 at 0.345 s, which its policy never allowed')
})

test('many findings of one promise are a few lines, and other promises are not lost among them', t => {
  const many = Array.from({ length: 100 }, (_, index) => ({ promise: 2, what: `finding ${index}` }))
  const lines = violationsText([...many, { promise: 5, what: 'it never settles' }])
    .trimEnd()
    .split('\n')
  t.is(lines.length, 7)
  t.regex(lines[4] ?? '', /and 97 more/)
  t.regex(lines[6] ?? '', /it never settles/)
})
