import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { createChartRegistry } from '../kernel/chart-registry.ts'
import { Kernel } from '../kernel/kernel.ts'
import { FOLD_VERSION } from '../kernel/fold-version.ts'
import { decodeOutputs } from '../kernel/record-codec.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { charts } from './charts.ts'
import { declare, TestEngine } from './engine.test.kit.ts'
import { routes } from './routes/routes.ts'
import { type Deed, PRELUDE, Storyteller } from './story.test.kit.ts'

/**
 * A journal as each fold version wrote it: one record a line, payload and outputs in base64, and at the end the hash of
 * the state that they fold to. To accept a new one, before the first release only: `KONOR_ACCEPT=1`.
 */
const FOLDER = join('runtime', 'kernel', 'golden')
const NEWEST = join(FOLDER, `fold-${FOLD_VERSION}.jsonl`)

interface Line {
  readonly seq: number
  readonly timeline: number
  readonly epoch: number
  readonly timeMs: number
  readonly wallMs: number
  readonly payload: string
  readonly outputs: string
}

for (let version = 1; version <= FOLD_VERSION; version++) {
  test(`the journal of fold version ${version} folds to what it did`, async t => {
    const path = join(FOLDER, `fold-${version}.jsonl`)
    if (process.env['KONOR_ACCEPT'] === '1' && path === NEWEST) writeFileSync(path, await written())
    t.true(existsSync(path))
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const { stateHash } = JSON.parse(lines.pop() ?? '{}') as { stateHash: Digest }
    const kernel = new Kernel(createChartRegistry(charts), routes)
    // The kernel's own way through the commonest steps must be XState's.
    const unhurried = new Kernel(createChartRegistry(charts, { shortcuts: false }), routes)
    const types = new Set<string>()
    for (const line of lines) {
      const record = JSON.parse(line) as Line
      const outputs = Buffer.from(record.outputs, 'base64')
      const foldable = { ...record, payload: Buffer.from(record.payload, 'base64'), outputs }
      kernel.replay(foldable)
      unhurried.replay(foldable)
      for (const { type } of decodeOutputs(outputs)) types.add(type)
    }
    t.is(digestOfBytes(encodeState(kernel.state)), stateHash)
    t.is(digestOfBytes(encodeState(unhurried.state)), stateHash)
    for (const type of TOLD) t.true(types.has(type), `the story never came to ${type}`)
  })
}

/** What the story must have come to, or it would guard too little. */
const TOLD = [
  'cluster.frozen',
  'configset.deleted',
  'group.committed',
  'group.deleted',
  'job.ended',
  'node.removed',
  'rollout.paused',
  'rollout.undone',
  'subscription.rejected',
  'token.revoked',
]

/** The same story every time: clock, randomness and order are given. */
async function written(): Promise<string> {
  const engine = await TestEngine.start()
  const teller = new Storyteller(engine)
  await teller.tell(PRELUDE)
  const all = ['n1', 'n2', 'n3', 'n4', 'n5']
  const reports = (
    group: string,
    phase: 'staged' | 'applied' | 'rejected',
    of: 'candidate' | 'committed',
  ): Deed[] =>
    all.map(node => ({
      do: 'report',
      node,
      group,
      phase,
      of,
      active: of === 'candidate' && phase !== 'staged' ? 'candidate' : 'committed',
    }))
  const steps: readonly (readonly Deed[])[] = [
    reports('web', 'applied', 'committed'),
    [
      { do: 'edit', path: '/a', value: 1 },
      { do: 'edit', path: '/shared/c', value: 1, ifMatch: 1 },
    ],
    reports('web', 'staged', 'candidate'),
    reports('web', 'applied', 'committed'),
    [
      { do: 'liveness', nodes: ['n1', 'n2'], to: 'offline' },
      { do: 'liveness', nodes: ['n3'], to: 'suspect' },
    ],
    reports('api', 'applied', 'candidate'),
    [
      { do: 'control', group: 'db', action: 'pause' },
      { do: 'advance', ms: 601_000 },
    ],
    [{ do: 'control', group: 'db', action: 'resume' }],
    reports('db', 'rejected', 'candidate'),
    reports('db', 'applied', 'committed'),
    [{ do: 'liveness', nodes: all, to: 'alive' }],
    [
      { do: 'freeze' },
      {
        do: 'apply',
        group: 'api',
        sets: ['/a', '/b'],
        policy: 'patient',
        value: 2,
        onFailure: 'rollback-all',
        key: 1,
      },
    ],
    [{ do: 'rollback', group: 'web', back: null }, { do: 'thaw' }],
    reports('web', 'applied', 'committed'),
    [
      { do: 'advance', ms: 31_000 },
      { do: 'retry', group: 'web' },
    ],
    reports('api', 'applied', 'candidate'),
    [{ do: 'report', node: 'n4', group: 'api', phase: 'applied', of: 'ahead', active: 'candidate' }],
    reports('api', 'applied', 'committed'),
    [
      { do: 'join', group: 'web', nodes: ['n4'] },
      { do: 'revoke', group: 'web' },
      { do: 'drain', node: 'n3' },
    ],
    [
      { do: 'remove', node: 'n5' },
      { do: 'delete-set', path: '/shared/c' },
    ],
    [
      { do: 'delete-group', group: 'db' },
      { do: 'cancel', job: 9, mode: 'abort-and-observe' },
    ],
  ]
  await teller.tell(steps)
  await teller.heal()
  await engine.apply(declare('last', 'strong', '/last', 'last'))
  await engine.quiet()
  await engine.stop()
  const lines: string[] = []
  for await (const record of engine.journal.read(1)) {
    const { seq, timeline, epoch, timeMs, wallMs, payload, outputs } = record
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
    lines.push(
      JSON.stringify({
        seq,
        timeline,
        epoch,
        timeMs,
        wallMs,
        payload: base64(payload),
        outputs: base64(outputs),
      }),
    )
  }
  lines.push(JSON.stringify({ stateHash: digestOfBytes(encodeState(engine.kernel.state)) }))
  return `${lines.join('\n')}\n`
}
