import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { GroupView, JobView } from '../../engine/views.ts'
import type { CliIo } from '../cli-io.ts'
import { sleep } from '../follow-job.ts'
import { heldText } from '../output/held-text.ts'
import { jsonBody } from '../client/client.ts'
import { drawBoard } from './board.ts'
import { DEMO_GROUP, type DemoCluster, startDemoCluster } from './demo-cluster.ts'

const SETTLE_TRIES_MAX = 200
const SETTLE_POLL_MS = 50
const WAIT_SECONDS = 30

export interface DemoOptions {
  readonly io: CliIo
  /** Ends after the story instead of going on until interrupted. */
  readonly once: boolean
  /** Resolves when the user wants it to end. */
  readonly interrupted: Promise<void>
}

/**
 * The first thing that anybody runs: a change that rolls to six processes on three nodes, then a bad one that they
 * refuse and that is rolled back. Throws `KONOR_CLI_DEMO_FAILED` when the story goes another way.
 */
export async function runDemo({ io, once, interrupted }: DemoOptions): Promise<void> {
  let changed = false
  say(io, 'Starting a central, three agents, and two processes on each (ten programs, all on loopback) …')
  const cluster = await startDemoCluster(() => {
    changed = true
  })
  try {
    const story = tell(cluster, io)
    if (once) return await story
    const ended = await Promise.race([story.then(() => false), interrupted.then(() => true)])
    if (ended) return
    explain(cluster, io)
    await watch(cluster, io, takeChanged, interrupted)
  } finally {
    io.note('Stopping everything and removing its data …')
    await cluster.stop()
  }

  function takeChanged(): boolean {
    const was = changed
    changed = false
    return was
  }
}

async function tell(cluster: DemoCluster, io: CliIo): Promise<void> {
  say(
    io,
    `\n${io.paint('bold', '1. Everything is up.')} Every process reads its configuration from the agent on its node:`,
  )
  show(cluster, io)

  say(io, `\n${io.paint('bold', '2. A change rolls.')}  konor config set /teams/payments rate-limit=250`)
  const good = await put(cluster, 'rate-limit', 250)
  await settled(cluster, values => values['rate-limit'] === 250)
  say(io, `   job ${good.id} ${good.state}: the quorum of the policy applied it, so it is committed`)
  show(cluster, io)
  expect(good.state === 'succeeded', 'the good change should have succeeded')

  say(
    io,
    `\n${io.paint('bold', '3. A bad change.')}  konor config set /teams/payments payment-provider=broken`,
  )
  const bad = await put(cluster, 'payment-provider', 'broken')
  await settled(cluster, values => values['payment-provider'] === 'acme')
  say(io, `   job ${bad.id} ${bad.state}: ${bad.reason ?? ''}`)
  const group = await cluster.client.get<GroupView>(`/api/v1/groups/${DEMO_GROUP}`)
  for (const { node, process, reason } of cluster.refusals)
    say(io, `   ${io.paint('red', 'x')} ${node}/${process} refused revision 3: ${reason ?? ''}`)
  say(io, `   revision ${group.committed?.revision} puts the content before it back:`)
  show(cluster, io)
  for (const held of group.held) say(io, `   ${heldText(held)}`)
  expect(bad.state === 'failed', 'the bad change should have failed')
}

async function put(cluster: DemoCluster, key: string, value: string | number): Promise<JobView> {
  const path = `/api/v1/config/teams/payments/${key}`
  try {
    return await cluster.client.write<JobView>('PUT', path, {
      body: jsonBody({ value }),
      headers: { prefer: `wait=${WAIT_SECONDS}` },
    })
  } catch (thrown) {
    // A job that failed is answered as a problem; the job itself says why.
    const [latest] = await cluster.client.list<JobView>('/api/v1/jobs')
    if (latest?.state === 'failed') return latest
    throw thrown
  }
}

/** Until every process runs what it should. */
async function settled(
  cluster: DemoCluster,
  holds: (values: Readonly<Record<string, unknown>>) => boolean,
): Promise<void> {
  for (let tries = 0; tries < SETTLE_TRIES_MAX; tries++) {
    cluster.check()
    if ([...cluster.sightings.values()].every(({ values }) => holds(values))) return
    await sleep(SETTLE_POLL_MS)
  }
  throw new KonorError('KONOR_CLI_DEMO_FAILED', 'not every process came to run what its group committed')
}

function explain(cluster: DemoCluster, io: CliIo): void {
  say(
    io,
    `
${io.paint('bold', 'It goes on running.')} The API is at ${cluster.url}/api/v1 (${cluster.url}/health/ready). In another terminal:

  export KONOR_URL=${cluster.url} KONOR_API_KEY_FILE=${cluster.adminKeyFile}
  npx konor get nodes
  npx konor config set /teams/payments rate-limit=75
  npx konor describe group ${DEMO_GROUP}
  npx konor read ${DEMO_GROUP} --socket ${cluster.socket}

Ctrl-C ends it and removes its data.`,
  )
}

/** Draws the board again whenever a process says something new, until the user has seen enough. */
async function watch(
  cluster: DemoCluster,
  io: CliIo,
  takeChanged: () => boolean,
  interrupted: Promise<void>,
): Promise<void> {
  let ended = false
  const end = interrupted.then(() => {
    ended = true
  })
  while (!ended) {
    await Promise.race([sleep(SETTLE_POLL_MS * 4), end])
    if (ended) return
    cluster.check()
    if (takeChanged()) {
      say(io, '')
      show(cluster, io)
    }
  }
}

function show(cluster: DemoCluster, io: CliIo): void {
  io.out(drawBoard(cluster.sightings.values(), io))
}

function say(io: CliIo, line: string): void {
  io.out(`${line}\n`)
}

function expect(holds: boolean, message: string): void {
  if (!holds) throw new KonorError('KONOR_CLI_DEMO_FAILED', message)
}
