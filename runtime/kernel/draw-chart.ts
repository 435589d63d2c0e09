import type { NamedRef, StateConfig, TransitionConfig } from '../../actors/vocabulary/chart.ts'

/** One way out of a state, or one thing that it does without leaving. */
interface Edge {
  readonly from: string
  readonly event: string
  readonly guard: string
  /** Path of the target; empty when the state is not left. */
  readonly to: string
  readonly actions: readonly string[]
  readonly description: string
}

/** A chart as a mermaid `stateDiagram-v2`: every state, every transition that leaves one. */
export function drawChart(config: StateConfig): string {
  return ['```mermaid', 'stateDiagram-v2', ...drawStates(config, '', 1), '```', ''].join('\n')
}

/** What a chart takes and does, row by row: what the drawing leaves out (guards' order, actions) is here. */
export function tabulateChart(config: StateConfig): string {
  const rows = edgesOf(config, '').map(({ from, event, guard, to, actions, description }) =>
    row([
      from === '' ? '*any*' : code(from),
      event,
      guard === '' ? '' : code(guard),
      to === '' ? '' : code(to),
      [...actions.map(code), description].filter(part => part !== '').join(' '),
    ]),
  )
  return [
    row(['in', 'on', 'if', 'goes to', 'does']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
    '',
  ].join('\n')
}

function drawStates(config: StateConfig, path: string, depth: number): string[] {
  const indent = '  '.repeat(depth)
  const lines: string[] = []
  if (config.initial !== undefined) lines.push(`${indent}[*] --> ${idOf(join(path, config.initial))}`)
  const children = Object.entries(config.states ?? {})
  for (const [index, [name, state]] of children.entries()) {
    const own = join(path, name)
    if (config.type === 'parallel' && index > 0) lines.push(`${indent}--`)
    const nested = state.states !== undefined
    if (nested || idOf(own) !== name) lines.push(`${indent}state "${name}" as ${idOf(own)}`)
    if (nested)
      lines.push(`${indent}state ${idOf(own)} {`, ...drawStates(state, own, depth + 1), `${indent}}`)
    for (const { from, to, event, guard } of ownEdges(state, own)) {
      if (to !== '') lines.push(`${indent}${idOf(from)} --> ${idOf(to)}${labelOf(event, guard)}`)
    }
    if (state.type === 'final') lines.push(`${indent}${idOf(own)} --> [*]`)
  }
  return lines
}

function edgesOf(config: StateConfig, path: string): readonly Edge[] {
  return [
    ...ownEdges(config, path),
    ...Object.entries(config.states ?? {}).flatMap(([name, state]) => edgesOf(state, join(path, name))),
  ]
}

function ownEdges(state: StateConfig, path: string): readonly Edge[] {
  const edges: Edge[] = []
  const done = (event: string, refs: StateConfig['entry']) => {
    if (refs !== undefined)
      edges.push({ from: path, event, guard: '', to: '', actions: namesOf(refs), description: '' })
  }
  const taken = (event: string, transitions: StateConfig['always']) => {
    for (const one of listOf(transitions)) {
      const { target, guard, actions, description = '' } = one
      const to = typeof target === 'string' ? resolve(path, target) : ''
      const named = actions === undefined ? [] : namesOf(actions)
      edges.push({
        from: path,
        event,
        guard: guard === undefined ? '' : nameOf(guard),
        to,
        actions: named,
        description,
      })
    }
  }
  done('*entry*', state.entry)
  taken('*always*', state.always)
  for (const [event, transitions] of Object.entries(state.on ?? {})) taken(event, transitions)
  for (const [delay, transitions] of Object.entries(state.after ?? {})) taken(`after ${delay}`, transitions)
  done('*exit*', state.exit)
  return edges
}

function listOf(transitions: StateConfig['always']): readonly TransitionConfig[] {
  if (transitions === undefined) return []
  if (typeof transitions === 'string') return [{ target: transitions }]
  return Array.isArray(transitions) ? transitions : [transitions as TransitionConfig]
}

/** `.child` is below the state itself, a plain name beside it. */
function resolve(path: string, target: string): string {
  if (target.startsWith('.')) return join(path, target.slice(1))
  return join(path.slice(0, Math.max(0, path.lastIndexOf('.'))), target)
}

function namesOf(refs: NamedRef | readonly NamedRef[]): readonly string[] {
  return (Array.isArray(refs) ? refs : [refs]).map(nameOf)
}

function nameOf(ref: NamedRef): string {
  if (typeof ref === 'string') return ref
  const params = Object.values(ref.params ?? {}).map(value =>
    typeof value === 'string' ? value : JSON.stringify(value),
  )
  return params.length === 0 ? ref.type : `${ref.type} ${params.join(' ')}`
}

function labelOf(event: string, guard: string): string {
  const named = event === '*always*' ? '' : event
  const label = [named, guard === '' ? '' : `[${guard}]`].filter(part => part !== '').join(' ')
  return label === '' ? '' : `: ${label}`
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function idOf(path: string): string {
  return path.replaceAll(/[^a-z0-9]/gi, '_')
}

function code(text: string): string {
  return `\`${text}\``
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
