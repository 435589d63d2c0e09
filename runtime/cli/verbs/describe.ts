import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type {
  ActorAtView,
  EventView,
  GroupNodeView,
  GroupView,
  HistoryView,
  JobView,
  NodeView,
  PolicyView,
  RevisionView,
} from '../../engine/views.ts'
import type { Client } from '../client/client.ts'
import { configRoute, kindNamed } from '../kinds.ts'
import { type EntryRow, entryColumns, groupColumns, groupNodeColumns } from '../output/columns.ts'
import { historyColumns, jobColumns, nodeColumns, policyColumns } from '../output/columns.ts'
import { revisionColumns, stepColumns } from '../output/columns.ts'
import type { Printable } from '../output/print.ts'
import { type Column, renderTable } from '../output/table.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'
import { sequence } from './journal.ts'

/** How many of the newest revisions or versions a description shows. */
const NEWEST = 10

export function declareDescribe(program: Command): void {
  const verb = program
    .command('describe')
    .summary('everything about one thing')
    .description(
      'Shows one thing with all that belongs to it: nodes and revisions of a group, steps of a job.',
    )
    .argument('<kind>', 'configset | group | node | job | policy | actor')
    .argument('<name>', 'its name; of a configset its path, of an actor its address')
    .option('--at <seq>', 'of an actor: as it was after this record')
    .action(async (kindName: string, name: string, options: DescribeOptions, command: Command) => {
      const session = await openSession(command)
      const { singular } = kindNamed(kindName, Object.keys(DESCRIBE))
      if (options.at !== undefined && singular !== 'actor')
        throw new KonorError(
          'KONOR_CLI_USAGE',
          `--at: a ${singular} is shown as it is; an actor can be asked back`,
        )
      const describe = DESCRIBE[singular]
      if (describe !== undefined) await session.print(await describe(session.client(), name, options))
    })
  teach(verb, {
    examples: [
      ['konor describe group payments-prod', 'its nodes, revisions and what is held back'],
      ['konor describe job 01J…', 'each step with its attempts and errors'],
      ['konor describe actor group/payments-prod --at 4200', 'what it knew after record 4200'],
    ],
    next: 'konor rollout status GROUP follows what still moves.',
  })
}

interface DescribeOptions {
  readonly at?: string
}

type Describe = (client: Client, name: string, options: DescribeOptions) => Promise<Printable>

const DESCRIBE: Readonly<Record<string, Describe>> = {
  async actor(client, address, options) {
    const route = `/api/v1/actors/${encodeURIComponent(address)}`
    const atSeq = sequence('--at', options.at)
    const { renderActor } = await import('../output/render-state.ts')
    if (atSeq !== undefined) {
      const actor = await client.get<ActorAtView>(route, { at: atSeq })
      return { data: actor, names: [`actor/${address}`], text: () => renderActor(actor) }
    }
    const [actor, { items: events }] = await Promise.all([
      client.get<ActorAtView>(route),
      client.get<{ items: EventView[] }>(`${route}/events`, { limit: NEWEST }),
    ])
    const history = described('', null, [['\nHistory', events, EVENT_COLUMNS]])
    const text = (isWide: boolean): string => renderActor(actor) + history.text(isWide)
    return { data: { ...actor, events }, names: [`actor/${address}`], text }
  },
  async configset(client, path) {
    const head = await client.get<{ path: string; version: number; by: string }>(configRoute(path), {
      limit: 1,
    })
    const items = await client.list<EntryRow>(configRoute(path), { version: head.version })
    const route = `/api/v1/history${configRoute(path).slice('/api/v1/config'.length, -1)}`
    const { items: history } = await client.get<{ items: HistoryView[] }>(route, { limit: NEWEST })
    return described(`configset${head.path}`, { ...head, items, history }, [
      ['', [{ ...head, keys: items.length }], SET_COLUMNS],
      ['Entries', items, entryColumns],
      ['History', history, historyColumns],
    ])
  },
  async group(client, name) {
    const route = `/api/v1/groups/${encodeURIComponent(name)}`
    const [group, nodes, revisions] = await Promise.all([
      client.get<GroupView>(route),
      client.list<GroupNodeView>(`${route}/nodes`),
      client.get<{ items: RevisionView[] }>(`${route}/revisions`, { limit: NEWEST }),
    ])
    const why = [group.reason, group.rollout?.reason].filter(Boolean).map(reason => ({ reason }))
    return described(`group/${name}`, { ...group, nodes, revisions: revisions.items }, [
      ['', [group], groupColumns],
      ['Why', why, [{ title: 'REASON', cell: row => row.reason }]],
      ['Held back', group.held, HELD_COLUMNS],
      ['Nodes', nodes, groupNodeColumns],
      ['Revisions', revisions.items, revisionColumns],
    ])
  },
  async node(client, name) {
    const node = await client.get<NodeView>(`/api/v1/nodes/${encodeURIComponent(name)}`)
    return described(`node/${name}`, node, [
      ['', [node], nodeColumns],
      ['Groups', node.groups, NODE_GROUP_COLUMNS],
    ])
  },
  async job(client, id) {
    const route = `/api/v1/jobs/${encodeURIComponent(id)}`
    const job = await client.get<JobView>(route)
    return described(`job/${id}`, job, [
      ['', [job], jobColumns],
      ['Steps', job.plan.steps, stepColumns],
      ['Groups', job.groups, OUTCOME_COLUMNS],
    ])
  },
  async policy(client, name) {
    const policy = await client.get<PolicyView>(`/api/v1/policies/${encodeURIComponent(name)}`)
    const machine = { ...described(`policy/${name}`, policy, [['', [policy], policyColumns]]) }
    const { stringify } = await import('yaml')
    return { ...machine, text: isWide => `${machine.text(isWide)}\nMachine\n${stringify(policy.machine)}` }
  },
}

type Section<Row> = readonly [title: string, rows: readonly Row[], columns: readonly Column<Row>[]]

/** Sections of unlike rows: each section's rows fit its own columns, which `never` cannot say of all together. */
function described<A, B, C, D, E>(
  name: string,
  data: unknown,
  sections: readonly [Section<A>, Section<B>?, Section<C>?, Section<D>?, Section<E>?],
): Printable {
  const text = (isWide: boolean): string =>
    sections
      .map(section => (section === undefined ? '' : renderSection(section as Section<unknown>, isWide)))
      .filter(part => part !== '')
      .join('\n')
  return { data, names: [name], text }
}

function renderSection<Row>([title, rows, columns]: Section<Row>, isWide: boolean): string {
  if (rows.length === 0) return ''
  const table = renderTable(rows, columns, isWide)
  return title === '' ? table : `${title}\n${table.replace(/^/gm, '  ').trimEnd()}\n`
}

const EVENT_COLUMNS: readonly Column<EventView>[] = [
  { title: 'ID', cell: event => event.id },
  { title: 'EVENT', cell: event => event.type },
  { title: 'DATA', cell: event => JSON.stringify(event.data) },
  { title: 'AT', cell: event => event.at },
]

const SET_COLUMNS: readonly Column<{ path: string; version: number; by: string; keys: number }>[] = [
  { title: 'PATH', cell: set => set.path },
  { title: 'VERSION', cell: set => set.version },
  { title: 'KEYS', cell: set => set.keys },
  { title: 'BY', cell: set => set.by },
]

const HELD_COLUMNS: readonly Column<GroupView['held'][number]>[] = [
  { title: 'PATH', cell: held => held.path },
  { title: 'PINNED', cell: held => held.pinned },
  { title: 'HEAD', cell: held => held.head },
]

const NODE_GROUP_COLUMNS: readonly Column<NodeView['groups'][number]>[] = [
  { title: 'GROUP', cell: group => group.group },
  { title: 'STAGED', cell: group => group.staged },
  { title: 'ACTIVE', cell: group => group.active },
  { title: 'STALE', cell: group => group.stale },
  { title: 'DIGEST', cell: group => group.digest, wide: true },
]

const OUTCOME_COLUMNS: readonly Column<JobView['groups'][number]>[] = [
  { title: 'GROUP', cell: outcome => outcome.group },
  { title: 'REVISION', cell: outcome => outcome.revision },
  { title: 'OUTCOME', cell: outcome => outcome.outcome },
  { title: 'REASON', cell: outcome => outcome.reason },
]
