import type { ChildProgram } from '../../kit/child-program.ts'

/** Sends a program of ours one word and waits for the line that answers it: `word JSON`. */
export async function saidAfter<T>(program: ChildProgram, word: string): Promise<T> {
  const prefix = `${word} `
  const before = program.stdout.length
  program.write(`${word}\n`)
  const line = await program.waitUntil(`it says ${word}`, () => {
    const said = program.stdout.slice(before)
    const end = said.indexOf('\n')
    return said.startsWith(prefix) && end > 0 && said.slice(prefix.length, end)
  })
  return JSON.parse(line) as T
}
