import test from 'ava'
import type { ProgramLife } from '../world/program-life.ts'
import { checkLinks } from './check-links.ts'
import { evidenceOf, journalOf } from './evidence.test.kit.ts'
import type { Evidence } from './evidence.ts'
import type { LinkEntry } from './link-history.ts'

function lifeOf(name: string, given: Partial<ProgramLife> = {}): ProgramLife {
  const machine = name.split('/')[0] ?? name
  return { name, machine, fromMs: 0, toMs: undefined, end: undefined, stands: [], ...given }
}

const [CENTRAL, AGENT] = [lifeOf('central'), lifeOf('n1/agent')]

function entry(
  atMs: number,
  what: LinkEntry['what'],
  t: string,
  body: object = {},
  { by = t === '' || what === 'dial' ? AGENT : CENTRAL, link = 1 }: { by?: ProgramLife; link?: number } = {},
): LinkEntry {
  const other = by.name === 'central' ? AGENT : CENTRAL
  return { atMs, what, by, other, link, t, body } as unknown as LinkEntry
}

const agents = { by: AGENT }
const WELCOME = { node: 'n1', groups: ['web'], heartbeatMs: 2_000 }
const report = (atMs: number, seq: number, link = 1) =>
  entry(atMs, 'sent', 'report', { seq, groups: [{ group: 'web' }] }, { ...agents, link })
const desire = (atMs: number, link = 1) =>
  entry(atMs, 'sent', 'desire', { desire: { group: 'web', removed: false } }, { link })

function judged(links: readonly LinkEntry[], given: Partial<Evidence> = {}): string[] {
  return checkLinks(evidenceOf({ links, endMs: 100_000, ...given })).map(({ what }) => what)
}

test('an agent says again where it stands when it is welcomed, and what was not recorded', t => {
  const recorded = (atMs: number, seq: number) => entry(atMs, 'got', 'recorded', { seq }, agents)
  const before = [report(1_000, 1), recorded(1_010, 1)]
  const welcome = entry(2_000, 'got', 'welcome', WELCOME, agents)
  t.deepEqual(judged([...before, welcome, report(2_001, 2), recorded(2_010, 2)]), [])
  t.regex(judged([...before, welcome])[0] ?? '', /n1\/agent is welcomed and does not say where web stands/)
  const slow = { id: 'f', atMs: 0, kind: 'slow-disk', machine: 'n1', syncMs: 1, forMs: 1 } as const
  t.deepEqual(judged([...before, welcome], { spans: [{ fault: slow, fromMs: 1_900, toMs: 4_000 }] }), [])
  t.deepEqual(judged([report(1_000, 1), report(6_000, 2), recorded(6_010, 2)]), [])
  t.regex(judged([report(1_000, 1)])[0] ?? '', /never repeats report 1/)
  const wanted = (atMs: number, removed: boolean) =>
    entry(atMs, 'got', 'desire', { desire: { group: 'web', removed } }, agents)
  t.deepEqual(judged([wanted(990, true), report(1_000, 1)]), [], 'nobody wants to hear of it any more')
  t.is(judged([wanted(990, true), report(1_000, 1), wanted(1_010, false)]).length, 1)
  t.deepEqual(judged([report(1_000, 1), entry(3_000, 'end', '', {}, agents), entry(4_000, 'dial', '')]), [])
})

test('what an agent tells of a group that its welcome does not name is not owed again', t => {
  const welcome = (groups: readonly string[]) => entry(900, 'got', 'welcome', { ...WELCOME, groups }, agents)
  t.deepEqual(judged([welcome([]), report(1_000, 1)]), [])
  t.regex(judged([welcome(['web']), report(1_000, 1)])[0] ?? '', /never repeats report 1/)
  const wanted = entry(950, 'got', 'desire', { desire: { group: 'web', removed: false } }, agents)
  t.is(judged([welcome([]), wanted, report(1_000, 1)]).length, 1)
})

test('central calls recorded what the journal has', t => {
  const links = [
    entry(500, 'sent', 'welcome', WELCOME),
    desire(501),
    entry(2_000, 'sent', 'recorded', { seq: 1 }),
  ]
  const records = journalOf([[['report', { node: 'n1', seq: 1 }]], []])
  t.deepEqual(judged(links, { records }), [])
  t.regex(judged(links)[0] ?? '', /calls report 1 recorded, which is not/)
})

test('central gives what is asked for, and speaks on the newest link', t => {
  const asked = entry(500, 'got', 'fetch', { digest: 'd', offset: 0 })
  const given = (offset: number) => entry(700, 'sent', 'chunk', { digest: 'd', offset })
  t.deepEqual(judged([asked, given(0)]), [])
  t.regex(judged([asked, given(1)])[0] ?? '', /never answers a fetch at 0/)
  t.deepEqual(judged([asked, entry(700, 'sent', 'refused', { about: 'd' })]), [])
  const busy = entry(700, 'sent', 'refused', { about: 'd', code: 'KONOR_LINK_BLOB_BUSY' })
  t.regex(judged([asked, busy])[0] ?? '', /calls itself busy with fetches, and is not/)
  const others = Array.from({ length: 16 }, (_, offset) =>
    entry(400, 'got', 'fetch', { digest: 'e', offset }),
  ).flatMap(fetch => [fetch, entry(800, 'sent', 'chunk', fetch.body)])
  t.deepEqual(judged([...others, asked, busy]), [])
  const welcomed = [1, 2].flatMap(link => [
    entry(500, 'sent', 'welcome', WELCOME, { link }),
    desire(501, link),
  ])
  t.deepEqual(judged([...welcomed, desire(600, 2)]), [])
  t.regex(judged([...welcomed, desire(600, 1)])[0] ?? '', /says desire to n1 on a link that was replaced/)
})

test('who calls the other one silent has listened, and comes back', t => {
  const silent = entry(30_000, 'end', 'KONOR_LINK_SILENT', {}, agents)
  const back = entry(31_000, 'dial', '')
  const heard = (atMs: number) => [
    entry(1_000, 'got', 'welcome', WELCOME, agents),
    entry(atMs, 'got', 'pong', {}, agents),
  ]
  t.deepEqual(judged([...heard(20_000), silent, back]), [])
  t.regex(judged([...heard(29_000), silent, back])[0] ?? '', /calls silent whom it heard 1000 ms ago/)
  const stands = [{ fromMs: 10_000, toMs: 29_000 }]
  const dozed = heard(9_000).map(one => ({ ...one, by: lifeOf('n1/agent', { stands }) }))
  const by = dozed[0]?.by ?? AGENT
  t.regex(judged([...dozed, { ...silent, by }, { ...back, by }])[0] ?? '', /stood still/)
  t.regex(
    judged([...heard(20_000), silent])[0] ?? '',
    /does not look for central again after KONOR_LINK_SILENT/,
  )
})
