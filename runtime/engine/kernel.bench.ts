import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { type ChartRegistry, createChartRegistry } from '../kernel/chart-registry.ts'
import type { Input } from '../kernel/input.ts'
import { type FoldableRecord, Kernel } from '../kernel/kernel.ts'
import type { Machine } from '../kernel/machine.ts'
import { FOLD_VERSION } from '../kernel/fold-version.ts'
import { decodeInputs } from '../kernel/record-codec.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { charts } from './charts.ts'
import { declare, TestEngine } from './engine.test.kit.ts'
import { routes } from './routes/routes.ts'

const NODES = 1_000
const REVISIONS = 4

/** Transitions a second; one is one step of one actor. */
export interface KernelFigures {
  readonly records: number
  readonly transitions: number
  /** Folding inputs that are at hand, on a draft, and making it state. */
  readonly foldPerSecond: number
  /** From encoded records: decode, fold, compare the outputs, and at the end hash the whole state. */
  readonly replayPerSecond: number
}

/**
 * A group of 1,000 nodes takes four revisions; every node reports that it staged, activated and applied each. The
 * reports are coalesced as the leader does it, and go through the real charts: node, subscription, group, rollout and
 * policy.
 */
export async function benchKernel(): Promise<KernelFigures> {
  const records = await recordsOfRollouts()
  const inputs = records.map(record => decodeInputs(record.payload))
  const transitions = countTransitions(records)
  const foldMs = best(() => foldAll(records, inputs))
  const replayMs = best(() => replayAll(records))
  return {
    records: records.length,
    transitions,
    foldPerSecond: Math.round((transitions / foldMs) * 1_000),
    replayPerSecond: Math.round((transitions / replayMs) * 1_000),
  }
}

async function recordsOfRollouts(): Promise<readonly FoldableRecord[]> {
  const engine = await TestEngine.start()
  await engine.apply(declare('0'))
  const nodes = Array.from({ length: NODES }, (_, index) => `n${index}`)
  await engine.join('web', ...nodes)
  for (let revision = 2; revision < 2 + REVISIONS; revision++) {
    await engine.apply(declare(String(revision)))
    for (const phase of ['staged', 'activated', 'applied'] as const) {
      const active = phase === 'staged' ? revision - 1 : revision
      await Promise.all(nodes.map(node => engine.reportFact(node, 'web', { revision, phase }, active)))
    }
    await engine.quiet()
  }
  await engine.stop()
  const records: FoldableRecord[] = []
  for await (const record of engine.journal.read(1)) records.push(record)
  return records
}

function foldAll(records: readonly FoldableRecord[], inputs: readonly (readonly Input[])[]): void {
  const kernel = new Kernel(createChartRegistry(charts), routes)
  for (const [index, { seq, timeline, epoch, timeMs, wallMs }] of records.entries()) {
    const position = { seq, timeline, epoch, timeMs, foldVersion: FOLD_VERSION }
    const draft = kernel.draft()
    for (const input of inputs[index] ?? []) kernel.fold(draft, input, { seq, timeMs, wallMs }, position)
    kernel.commit(draft, position)
  }
}

function replayAll(records: readonly FoldableRecord[]): void {
  const kernel = new Kernel(createChartRegistry(charts), routes)
  for (const record of records) kernel.replay(record)
  digestOfBytes(encodeState(kernel.state))
}

function countTransitions(records: readonly FoldableRecord[]): number {
  let count = 0
  const registry = createChartRegistry(charts)
  const counted = new Map<string, Machine>()
  for (const name of registry.names) {
    const machine = registry.machineOf(name)
    counted.set(name, {
      ...machine,
      start(...args) {
        count++
        return machine.start(...args)
      },
      step(...args) {
        count++
        return machine.step(...args)
      },
    })
  }
  const counting: ChartRegistry = {
    ...registry,
    machineOf: name => counted.get(name) ?? registry.machineOf(name),
  }
  const kernel = new Kernel(counting, routes)
  for (const record of records) kernel.replay(record)
  return count
}

/** The best of several runs: what the code can do when the machine lets it. */
function best(run: () => void): number {
  let bestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 6; round++) {
    const startMs = performance.now()
    run()
    bestMs = Math.min(bestMs, performance.now() - startMs)
  }
  return bestMs
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify({ bench: 'kernel', ...(await benchKernel()) }))
}
