import { join } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { type CountedState, decodeNodeState, emptyNodeState, encodeNodeState } from './node-state.ts'
import { seal, unseal } from './seal.ts'

/** Largest state file: a bound on what is read at start. */
export const STATE_BYTES_MAX = 8 * 1024 * 1024
const SLOTS = ['state.0', 'state.1'] as const
const ABOUT = 'konor-agent-state'

/** Slots are written in whole blocks, so that a state that grows a little changes no file size. */
const BLOCK_BYTES = 4_096
const LENGTH_BYTES = 4

/**
 * The agent's state in two sealed copies, written in turn and in place: the newest and the one before it. A copy is
 * never written over while it is the newest, so that no crash can harm both. Each is its length (4 bytes, big-endian),
 * the sealed state, and room to the end of the block.
 */
export interface StateFile {
  /**
   * The newest copy that is sound. `recovered` when a copy is damaged or missing: then the newest write may be lost
   * (or was never finished, which cannot be told apart).
   * Throws `KONOR_AGENT_STATE_CORRUPT` when both are, `KONOR_AGENT_KEY_INVALID` when they have another seal key.
   */
  read(): Promise<CountedState & { readonly recovered: boolean }>
  /** Durable when it resolves. `counter` must be one higher than that of the newest copy. */
  write(counted: CountedState): Promise<void>
}

export function createStateFile(
  disk: Disk,
  directory: string,
  sealKey: Uint8Array,
  random: Random,
): StateFile {
  const slotOf = (counter: number): string => SLOTS[counter % 2] ?? SLOTS[0]
  return {
    async read() {
      const found = await Promise.all(SLOTS.map(slot => readSlot(disk, join(directory, slot), sealKey)))
      const sound = found.filter(copy => copy !== 'missing' && copy !== 'damaged')
      const newest = sound.toSorted((one, other) => other.counter - one.counter)[0]
      if (newest === undefined) {
        if (found.every(copy => copy === 'missing'))
          return { counter: 0, state: emptyNodeState, recovered: false }
        throw new KonorError(
          'KONOR_AGENT_STATE_CORRUPT',
          `no sound copy of the agent state in ${directory}: restore it, or remove it and join again`,
        )
      }
      // After the very first write the other slot was never written: that is no damage.
      const other = found[(newest.counter + 1) % 2]
      const recovered = other === 'damaged' || (other === 'missing' && newest.counter > 1)
      return { ...newest, recovered }
    },

    async write(counted) {
      const sealed = seal(sealKey, ABOUT, encodeNodeState(counted), random)
      await disk.overwriteFile(join(directory, slotOf(counted.counter)), framed(sealed), 0o600)
    },
  }
}

async function readSlot(
  disk: Disk,
  path: string,
  sealKey: Uint8Array,
): Promise<CountedState | 'missing' | 'damaged'> {
  const slot = await disk.readFile(path, STATE_BYTES_MAX)
  if (slot === undefined) return 'missing'
  const opened = unseal(sealKey, ABOUT, unframed(slot))
  if (opened === 'key')
    throw new KonorError(
      'KONOR_AGENT_KEY_INVALID',
      `${path} is sealed with another key: give the agent its seal key back`,
    )
  if (typeof opened === 'string') return 'damaged'
  return decodeNodeState(opened) ?? 'damaged'
}

function framed(sealed: Uint8Array): Uint8Array {
  const blocks = Math.ceil((LENGTH_BYTES + sealed.length) / BLOCK_BYTES)
  const slot = Buffer.alloc(blocks * BLOCK_BYTES)
  slot.writeUInt32BE(sealed.length)
  slot.set(sealed, LENGTH_BYTES)
  return slot
}

/** Whatever the length says, the seal decides whether the bytes are what was written. */
function unframed(slot: Uint8Array): Uint8Array {
  if (slot.length < LENGTH_BYTES) return slot
  const length = Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength).readUInt32BE()
  return slot.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
}
