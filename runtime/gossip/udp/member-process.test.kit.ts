import { PRESETS, type PresetName } from '../core/presets.ts'
import { startHost } from './host-cluster.test.kit.ts'

/**
 * A member in a process of its own: `NAME PRESET [SEED]`. Says its address, then each event as a line of JSON, and
 * stays until its standard input ends.
 */
const [, , name = '', preset = 'lan', seed] = process.argv
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const { host } = await startHost({ name, config: PRESETS[preset as PresetName] }, say)
say({ address: host.address, id: host.member.self.id })
if (seed !== undefined) host.join([seed])
process.stdin.resume().once('end', () => process.exit())
