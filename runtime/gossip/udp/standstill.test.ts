import { fileURLToPath } from 'node:url'
import test from 'ava'
import { ChildProgram } from '../../../simulations/kit/child-program.ts'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import type { TeardownContext } from '../../../simulations/kit/teardown-context.ts'

const PROGRAM = fileURLToPath(new URL('member-process.test.kit.js', import.meta.url))
const MEMBERS = 4
/** Below the shortest suspicion of `lan`, 3 s: so long a member may stand still and is not declared dead. */
const STANDSTILL_MS = 2_500

interface Line {
  readonly address?: string
  readonly id?: string
  readonly type?: string
}

function linesOf(child: ChildProgram): Line[] {
  return child.stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line)
}

function count(child: ChildProgram, type: string): number {
  return linesOf(child).filter(line => line.type === type).length
}

async function startMembers(t: TeardownContext): Promise<ChildProgram[]> {
  const children: ChildProgram[] = []
  let seed: string | undefined
  for (let index = 0; index < MEMBERS; index++) {
    const args = [PROGRAM, `member ${index}`, 'lan', ...(seed === undefined ? [] : [seed])]
    const child = new ChildProgram(t, process.execPath, args)
    const { address } = await child.waitUntil('it says its address', () =>
      linesOf(child).find(line => line.address),
    )
    seed ??= address
    children.push(child)
  }
  for (const child of children)
    await child.waitUntil('it knows the others', () => count(child, 'MEMBER_JOINED') >= MEMBERS - 1)
  return children
}

test('a process that stands still for 2.5 s declares nobody dead, and nobody declares it dead', async t => {
  const children = await startMembers(t)
  for (const stopped of children.slice(1, 2)) {
    const stallsBefore = count(stopped, 'SELF_STALLED')
    stopped.signal('SIGSTOP')
    const stoppedAtMs = performance.now()
    await pollUntil('it stood still for long enough', () => performance.now() - stoppedAtMs >= STANDSTILL_MS)
    stopped.signal('SIGCONT')
    await stopped.waitUntil(
      'it knows that it stood still',
      () => count(stopped, 'SELF_STALLED') > stallsBefore,
    )
    // So long that whoever had begun to suspect it, or was suspected by it, would have decided.
    const probesBefore = children.map(child => count(child, 'PROBE_ENDED'))
    for (const [index, child] of children.entries())
      await child.waitUntil(
        'it probes on',
        () => count(child, 'PROBE_ENDED') >= (probesBefore[index] ?? 0) + 3,
      )
  }
  for (const child of children) t.is(count(child, 'MEMBER_DEAD'), 0, child.describe())
})
