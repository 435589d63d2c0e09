import type { CliIo } from '../cli-io.ts'
import type { Sighting } from './demo-cluster.ts'

/** One frame of what the demo shows: every process with the revision and the value it really runs. */
export function drawBoard(sightings: Iterable<Sighting>, io: CliIo): string {
  const rows = [...sightings].sort((a, b) => key(a).localeCompare(key(b)))
  const lines = rows.map(({ node, process, revision, event, stale, values }) => {
    const provider = String(values['payment-provider'] ?? '-')
    const limit = String(values['rate-limit'] ?? '-')
    const state = stale ? io.paint('yellow', '~ stale') : mark(event, io)
    const who = `${node.padEnd(8)} ${process.padEnd(9)}`
    const what = `rev ${String(revision).padEnd(3)} ${provider.padEnd(8)} limit ${limit.padEnd(5)}`
    return `  ${who} ${what} ${state}`
  })
  return `${lines.join('\n')}\n`
}

/** Shape, word and colour: each alone is enough. */
function mark(event: string, io: CliIo): string {
  if (event === 'refused') return io.paint('red', 'x refused')
  if (event === 'applied') return io.paint('green', '* applied')
  return io.paint('dim', '- started')
}

function key({ node, process }: Sighting): string {
  return `${node}/${process}`
}
