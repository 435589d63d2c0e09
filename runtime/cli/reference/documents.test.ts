import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import test from 'ava'
import { createProgram } from '../program.ts'

const ROOT = new URL('../../../../', import.meta.url)
const GUIDES = 'docs/guides/'
const DOCUMENTS = ['README.md', ...readdirSync(new URL(GUIDES, ROOT)).map(name => `${GUIDES}${name}`)]

/** What is wrong with a command line, or undefined. */
function objection(line: string): string | undefined {
  const program = createProgram()
  const words = line.split(/\s+/).slice(1)
  let command: Command = program
  let values = 0
  for (const word of words) {
    if (word === '--' || /^[|>#&]/.test(word)) break
    const flag = /^--?[a-zA-Z][\w-]*/.exec(word)?.[0]
    if (flag !== undefined) {
      const option = [...command.options, ...program.options].find(
        ({ long, short }) => long === flag || short === flag,
      )
      if (option === undefined && flag !== '--help') return `${flag} is no flag of it`
      if (option?.required === true && !word.includes('=')) values++
    } else if (values > 0) values--
    else {
      const verb = command.commands.find(candidate => candidate.name() === word)
      if (verb !== undefined) command = verb
      else if (command.commands.length > 0) return `${word} is no verb of it`
    }
  }
  return undefined
}

test('the check itself finds what is wrong', t => {
  t.is(objection('konor rollout undo payments --to 12 -o json'), undefined)
  t.is(objection('konor rollout und payments'), 'und is no verb of it')
  t.is(objection('konor apply --fast'), '--fast is no flag of it')
})

test('every command line in the guides is one that the program knows', t => {
  let seen = 0
  for (const document of DOCUMENTS) {
    const text = readFileSync(new URL(document, ROOT), 'utf8')
    const blocks = [...text.matchAll(/^```(?:sh|bash|console)?\n(.*?)^```/gms)].flatMap(
      ([, block]) => block?.split('\n') ?? [],
    )
    const inline = [...text.matchAll(/`(konor [a-z][^`\n]*)`/g)].map(([, line]) => line ?? '')
    const lines = [...blocks.map(line => line.replace(/^\$ /, '')), ...inline].filter(line =>
      /^konor [a-z]/.test(line),
    )
    seen += lines.length
    for (const line of lines) t.is(objection(line), undefined, `${document}: ${line}`)
  }
  t.true(seen > 30)
})
