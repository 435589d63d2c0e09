import { readFileSync } from 'node:fs'
import test from 'ava'
import { PRESETS, type PresetName } from '../../gossip/core/presets.ts'
import { gossipDetectionBoundMs } from './detection-bound.ts'

const NAMES: readonly PresetName[] = ['fast', 'lan', 'safe', 'wan']
const SIZES = [10, 100, 1_000, 10_000]

test('the bound grows with the cluster, and stays within minutes', t => {
  for (const name of NAMES) {
    const bounds = SIZES.map(size => gossipDetectionBoundMs(PRESETS[name], size))
    t.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
    )
    t.true((bounds[0] ?? 0) > PRESETS[name].suspicionMinFactor * PRESETS[name].suspicionMaxFactor * 500)
  }
  t.true(gossipDetectionBoundMs(PRESETS.lan, 10) < 32_000)
  t.is(gossipDetectionBoundMs(PRESETS.lan, 0), gossipDetectionBoundMs(PRESETS.lan, 2))
})

test('the guide publishes just these bounds', t => {
  const guide = readFileSync('docs/guides/gossip.md', 'utf8')
  for (const name of NAMES) {
    const cells = SIZES.map(size => `${Math.ceil(gossipDetectionBoundMs(PRESETS[name], size) / 1_000)} s`)
    t.true(guide.includes(`| \`${name}\` | ${cells.join(' | ')} |`), `| \`${name}\` | ${cells.join(' | ')} |`)
  }
})
