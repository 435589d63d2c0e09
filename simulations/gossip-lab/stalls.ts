import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { killAtEnd } from '../kit/process-group.ts'
import type { OurPack } from './our-pack.ts'
import type { Pack } from './pack.ts'
import { pass } from './pass.ts'

/** By then whoever was suspected for standing still has objected, and nobody holds it against it any more. */
const AFTERMATH_MS = 3_000

/** SIGSTOP, a while, SIGCONT: one member after the other, so many times. */
export async function freezeInTurn(pack: Pack, times: number, freezeMs: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const member = pack.members[turn % pack.members.length] ?? ''
    pack.signal(member, 'SIGSTOP')
    await pass(freezeMs)
    pack.signal(member, 'SIGCONT')
    await pass(AFTERMATH_MS)
  }
}

/** The event loop of every process blocks, one after the other without a pause between them. */
export async function blockInTurn(pack: OurPack, members: readonly string[], blockMs: number): Promise<void> {
  for (const member of members) {
    pack.command({ do: 'block', ms: blockMs }, member)
    await pass(blockMs)
  }
  await pass(AFTERMATH_MS)
}

/** Endless loops, one for each core, beside everything else, for so long. */
export async function pinCores(durationMs: number): Promise<void> {
  const loops = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore', detached: true }),
  )
  const forget = loops.map(({ pid = 0 }) => killAtEnd(pid))
  await pass(durationMs)
  for (const loop of loops) loop.kill('SIGKILL')
  for (const undo of forget) undo()
  await pass(AFTERMATH_MS)
}
