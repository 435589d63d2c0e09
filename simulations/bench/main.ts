import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { allBenches } from './all-benches.ts'
import { type Figure, isMet, ratioOf } from './figure.ts'
import { describeMachine, machineLine } from './machine.ts'
import { renderMarkdown, renderTable } from './render-table.ts'
import { withinScope } from './scope.ts'

// npm run bench -- [NAME…] [--json FILE] [--markdown FILE]
// Measures, prints tables on the standard output, and writes the same as JSON and as Markdown.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, markdown: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
})
const known = new Map(allBenches.map(bench => [bench.name, bench]))
const strange = positionals.filter(name => !known.has(name))

if (values.help === true || strange.length > 0) {
  const lines = allBenches.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`)
  const wrong = strange.map(name => `There is no benchmark ${name}.\n`).join('')
  console.error(`${wrong}npm run bench -- [NAME…] [--json FILE] [--markdown FILE]\n${lines.join('\n')}`)
  process.exitCode = values.help === true ? 0 : 2
} else {
  await measure()
}

async function measure(): Promise<void> {
  const machine = describeMachine()
  console.log(machineLine(machine))
  const sections = [machineLine(machine)]
  const results: { bench: string; figures: readonly Figure[] }[] = []
  for (const bench of allBenches) {
    if (positionals.length > 0 ? !positionals.includes(bench.name) : bench.isOnlyByName === true) continue
    console.error(`${bench.name}: ${bench.about}`)
    const figures = await withinScope(
      line => console.error(`  ${line}`),
      context => bench.run(context),
    )
    console.log(`\n${renderTable(bench.name, figures)}`)
    results.push({ bench: bench.name, figures: figures.map(complete) })
    sections.push(renderMarkdown(bench.name, figures))
    // After each benchmark, so that one that fails later does not take the others along.
    if (values.json !== undefined)
      await writeFile(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`)
    if (values.markdown !== undefined) await writeFile(values.markdown, `${sections.join('\n\n')}\n`)
  }
}

function complete(figure: Figure): Figure & { readonly ratio?: number; readonly met?: boolean } {
  const ratio = ratioOf(figure)
  const met = isMet(figure)
  return { ...figure, ...(ratio === undefined ? {} : { ratio }), ...(met === undefined ? {} : { met }) }
}
