import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { CONNECTIONS_MAX } from '../../agent/socket/socket-limits.ts'
import { LINK_HANDSHAKES_MAX } from '../../runtime/links/tcp-limits.ts'
import { CrashCluster } from '../crash/crash-cluster.ts'
import type { Member } from '../crash/member.ts'
import { ChildProgram } from '../kit/child-program.ts'

const CROWD_MAIN = fileURLToPath(new URL('crowd-process.js', import.meta.url))
const CONNECTIONS = 5_000
/** What the highest resident memory may rise by while a crowd is there: a bound that garbage does not reach. */
const RISE_BYTES_MAX = 192 * 1024 * 1024

interface Tally {
  readonly opened: number
  readonly refused: number
  readonly closed: number
}

test.serial('5,000 strangers at the link port cost linked agents nothing', async t => {
  t.timeout(3 * 60_000)
  const cluster = await oneNode(t)
  const before = peakBytes(cluster.central)
  const crowd = gather(t, String(cluster.linkPort))
  await workAmid(t, cluster, crowd)
  await isHeldTo(t, crowd, LINK_HANDSHAKES_MAX)
  t.true(peakBytes(cluster.central) - before < RISE_BYTES_MAX)
  // Who comes while what is left of it is there is let in.
  await cluster.addAgent('n2')
  await cluster.joined(2)
})

test.serial('5,000 strangers at the agent socket cost its processes nothing', async t => {
  t.timeout(3 * 60_000)
  const cluster = await oneNode(t)
  const [agent] = cluster.agents
  if (agent === undefined) throw new Error('there is no agent')
  const before = peakBytes(agent)
  const crowd = gather(t, cluster.socketOf('n1'))
  await workAmid(t, cluster, crowd)
  await isHeldTo(t, crowd, CONNECTIONS_MAX)
  t.true(peakBytes(agent) - before < RISE_BYTES_MAX)
  await cluster.addReader('n1', 'late').member.program.waitForOutput(/READY/)
})

async function oneNode(t: ExecutionContext): Promise<CrashCluster> {
  const groups = [{ name: 'web', uses: 'eventual', with: { quorum: '100%' } }]
  return CrashCluster.start(t, { groups, nodes: 1, processesPerNode: 2 })
}

function gather(t: ExecutionContext, place: string): ChildProgram {
  return new ChildProgram(t, process.execPath, [CROWD_MAIN, place, String(CONNECTIONS), place])
}

/** Changes roll and are applied while the crowd comes, and once more when all of it is there. */
async function workAmid(t: ExecutionContext, cluster: CrashCluster, crowd: ChildProgram): Promise<void> {
  const isGathered = () => /^CROWD$/m.test(crowd.stdout)
  let value = 0
  do await rolls(t, cluster, ++value)
  while (!isGathered() && crowd.running)
  await rolls(t, cluster, ++value)
}

async function rolls(t: ExecutionContext, cluster: CrashCluster, value: number): Promise<void> {
  const job = await cluster.control.put('web/limit', value)
  if (job?.state !== 'succeeded') return t.fail(JSON.stringify(job))
  const { committed } = await cluster.control.group('web')
  for (const reader of cluster.readers) t.is(cluster.sightingsOf(reader).at(-1)?.digest, committed?.digest)
}

/** Waits until no more strangers are held than the bound admits; all of them had tried. */
async function isHeldTo(t: ExecutionContext, crowd: ChildProgram, max: number): Promise<void> {
  const tally = await crowd.waitUntil(`at most ${max} strangers are connected`, () => {
    crowd.write('how many?\n')
    const [, text = '{}'] = [...crowd.stdout.matchAll(/^TALLY (.*)\n/gm)].at(-1) ?? []
    const { opened = Infinity, refused = 0, closed = 0 } = JSON.parse(text) as Partial<Tally>
    return opened - closed <= max ? { opened, refused, closed } : undefined
  })
  t.log(tally)
  t.is(tally.opened + tally.refused, CONNECTIONS)
}

/** The most memory that a process ever held, as its kernel says. */
function peakBytes(member: Member): number {
  const status = readFileSync(`/proc/${member.program.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024
}
