import { createHash } from 'node:crypto'
import test from 'ava'
import type { Reaction, Reading } from '../../cluster/simulated-process.ts'
import type { Piece } from '../../cluster/snapshot-reader.ts'
import { evidenceOf } from '../evidence.test.kit.ts'
import type { AgentEntry } from './agent-history.ts'
import { checkProcesses } from './check-processes.ts'

const program = { name: 'n1/a', machine: 'n1', fromMs: 0, toMs: undefined, end: undefined, stands: [] }
const agent = { node: 'n1', build: 1, program: { ...program, name: 'n1/agent' } }
const about = { group: 'web', activation: 3 }

const reaction: Reaction = {
  ...about,
  atMs: 10,
  node: 'n1',
  process: 'a',
  life: 1,
  behaviour: 'slow',
  doneAtMs: 500,
  endedAtMs: Infinity,
  program,
}

const entry = (atMs: number, fields: object): AgentEntry =>
  ({ atMs, localMs: atMs, agent, client: program, connection: 1, ...fields }) as unknown as AgentEntry
const change = entry(5, { kind: 'said', body: { event: 'change', ...about } })
const ping = entry(10_000, { kind: 'said', body: { event: 'ping' } })
const ack = (atMs: number, outcome: string): AgentEntry =>
  entry(atMs, { kind: 'process-said', body: { op: 'ack', phase: 'applied', outcome, ...about } })
const judge = (entries: AgentEntry[], more: Partial<Reaction> = {}): number =>
  checkProcesses(evidenceOf({ agents: [change, ...entries, ping], reactions: [{ ...reaction, ...more }] }))
    .length

test('a client says what its listeners made of it, when they are done', t => {
  t.is(judge([ack(501, 'ok')]), 0)
  t.is(judge([ack(11, 'rejected')], { behaviour: 'reject', doneAtMs: 11 }), 0)
})

test('yes before they are done, yes for no, no for yes, and no word at all are found', t => {
  t.is(judge([ack(20, 'ok')]), 1)
  t.is(judge([ack(20, 'ok')], { behaviour: 'hang', doneAtMs: Infinity }), 1)
  t.is(judge([ack(20, 'ok')], { behaviour: 'reject', doneAtMs: 11 }), 1)
  t.is(judge([ack(501, 'rejected')]), 1)
  t.is(judge([]), 1)
})

test('who lost the connection, stood still or ended cannot say it', t => {
  t.is(judge([entry(600, { kind: 'closed', body: {} })]), 0)
  t.is(judge([], { endedAtMs: 900 }), 0)
  t.is(judge([], { program: { ...program, stands: [{ fromMs: 9, toMs: 700 }] } }), 0)
})

const values = { left: 1, right: 1 }
const told = { group: 'web', revision: 2, digest: 'd2', activation: 3, stale: false, values }
const reading: Reading = {
  atMs: 10,
  node: 'n1',
  process: 'a',
  told,
  held: told,
  isCandidate: false,
  key: { name: 'left', value: 1 },
}
const read = (...more: Partial<Reading>[]): number =>
  checkProcesses(evidenceOf({ readings: [reading, ...more.map(one => ({ ...reading, ...one }))] })).length

test('a listener may hold what it is told of, or something newer; a candidate it does not hold yet', t => {
  t.is(read({}), 0)
  t.is(
    read({
      held: { ...told, activation: 4, values: { left: 2, right: 2 } },
      key: { name: 'left', value: 2 },
    }),
    0,
  )
  t.is(read({ isCandidate: true, told: { ...told, revision: 3, activation: 4 } }), 0)
})

test('values before the change, of another revision, or half of them are found', t => {
  t.is(read({ held: { ...told, activation: 2 } }), 1)
  t.is(read({ isCandidate: true, told: { ...told, values: { left: 5, right: 5 } } }), 1)
  t.is(read({ told: { ...told, revision: 3, values: { left: 1, right: 2 } } }), 1)
  t.is(read({ held: { ...told, digest: 'd9' } }), 1)
  t.is(read({ key: { name: 'left', value: 9 } }), 1)
})

test('whoever reads in pieces reads one generation', t => {
  const bytes = [Buffer.from('left'), Buffer.from('right')] as const
  const digestOf = (...parts: readonly Buffer[]): string =>
    createHash('sha256').update(Buffer.concat(parts)).digest('hex')
  const digest = digestOf(...bytes)
  const piece = { revision: 2, digest, activation: 3, size: 9, offset: 0 }
  const judgePieces = (second: Partial<Piece>, whole = digest): number => {
    const pieces = [piece, { ...piece, offset: 4, ...second }]
    return checkProcesses(
      evidenceOf({ readThroughs: [{ atMs: 1, node: 'n1', group: 'web', pieces, digest: whole }] }),
    ).length
  }
  t.is(judgePieces({}), 0)
  t.is(judgePieces({ revision: 3, activation: 4, digest: 'other' }), 1)
  t.is(judgePieces({}, digestOf(bytes[0], bytes[0])), 1)
})
