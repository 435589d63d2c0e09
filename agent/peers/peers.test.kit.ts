import type { ExecutionContext } from 'ava'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { type CommittedStatement, createCommittedSigner } from '../../runtime/links/committed-proof.ts'
import { noFaults } from '../../runtime/ports/fault-points.ts'
import { silentLogger } from '../../runtime/ports/logger.ts'
import { nodeDisk } from '../../runtime/ports/node/node-disk.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { tempDir } from '../../simulations/kit/temp-dir.ts'
import { createBundleSource } from '../groups/bundle-source.ts'
import { GroupHost } from '../groups/group-host.ts'
import { type AgentStore, openAgentStore } from '../store/agent-store.ts'
import { type CommittedProof, emptyRecord } from '../store/group-record.ts'
import { keyPairOfSeed } from '../store/node-keys.ts'
import { PeerLastGood } from './peer-last-good.ts'
import { PEER_REQUEST } from './peer-question.ts'

const CENTRAL = keyPairOfSeed(new Uint8Array(32).fill(3))
const STRANGER = keyPairOfSeed(new Uint8Array(32).fill(4))
export const keyOf = (group: string): Uint8Array => new SeededRandom(`key of ${group}`).bytes(32)

/** A bundle and central's word for it. */
export interface Signed {
  readonly generation: Generation
  readonly bytes: Uint8Array
  readonly proof: CommittedProof
}

/** What central signed, or what somebody says that it did. */
export function signed(revision: number, entries: CborValue, more: Partial<CommittedStatement> = {}): Signed {
  return signedWith(CENTRAL.secretKey, revision, entries, more)
}

/** As `signed`, by the key of another cluster. */
export function forged(revision: number, entries: CborValue): Signed {
  return signedWith(STRANGER.secretKey, revision, entries, {})
}

function signedWith(
  secretKey: Uint8Array,
  revision: number,
  entries: CborValue,
  more: Partial<CommittedStatement>,
): Signed {
  const bytes = encodeCanonical(entries)
  const generation = { revision, digest: digestOfBytes(bytes), sizeBytes: bytes.length }
  const statement = { cluster: 'c1', group: 'web', timeline: 1, epoch: 1, ...generation, ...more }
  const signature = createCommittedSigner(secretKey)(statement)
  const { timeline, epoch, digest, sizeBytes } = statement
  return { generation, bytes, proof: { timeline, epoch, revision, digest, sizeBytes, signature } }
}

type Answer = (payload: Uint8Array) => AsyncIterable<Uint8Array>

/** Nodes and whoever else may be asked, in memory, on virtual time; the disks are real. */
export class PeerWorld {
  readonly clock = new VirtualClock()
  readonly random = new SeededRandom('peers')
  readonly asked: string[] = []
  readonly #t: ExecutionContext
  readonly #answers = new Map<string, Answer>()

  constructor(t: ExecutionContext) {
    this.#t = t
  }

  async node(name: string, groups: readonly string[] = ['web']): Promise<PeerNode> {
    const { random } = this
    const store = await openAgentStore({ disk: nodeDisk, dataDir: tempDir(this.#t), random })
    const cluster = { id: 'c1', address: '', key: CENTRAL.publicKey, bundleKey: null }
    const bundleKeys = groups.map(group => ({ group, key: keyOf(group) }))
    const records = groups.map(group => emptyRecord(group))
    await store.update(state => ({ ...state, cluster, bundleKeys, groups: records, name }))
    const node = new PeerNode(store, name, this)
    this.#answers.set(name, payload => node.peers.answer(payload))
    await node.groups.start()
    this.#t.teardown(async () => {
      node.peers.stop()
      await node.groups.stop()
    })
    return node
  }

  /** A peer that answers as a test wants. */
  stranger(name: string, answer: Answer): void {
    this.#answers.set(name, answer)
  }

  peersOf(asker: string): readonly string[] {
    return [...this.#answers.keys()].filter(name => name !== asker)
  }

  request(to: string, name: string, payload: Uint8Array): AsyncIterable<Uint8Array> {
    if (name !== PEER_REQUEST) throw new Error(`nobody serves ${name}`)
    this.asked.push(to)
    return this.#answers.get(to)?.(payload) ?? nothing()
  }

  /** Lets time pass until it is so; disks take their own time. */
  until(what: string, condition: () => boolean): Promise<unknown> {
    return pollUntil(what, () => {
      this.clock.advanceBy(5_000)
      return condition()
    })
  }
}

export async function* nothing(): AsyncGenerator<Uint8Array> {}

/** An agent without its links and sockets: what central would say is said by the test. */
export class PeerNode {
  readonly groups: GroupHost
  readonly peers: PeerLastGood
  readonly store: AgentStore
  /** What central would give if it were there. */
  readonly fromCentral = new Map<Digest, Uint8Array>()
  #waiting: (() => void)[] = []

  constructor(store: AgentStore, name: string, world: PeerWorld) {
    const { clock, random } = world
    const common = { store, clock, random, logger: silentLogger, faults: noFaults }
    this.store = store
    const bundles = createBundleSource({
      ...common,
      fetchBundle: (group, generation) =>
        this.peers.fetch({ group, generation }, this.#fromCentral(generation), () => {}),
    })
    const groups = new GroupHost({ ...common, bundles, name, onReport: () => {} })
    this.groups = groups
    this.peers = new PeerLastGood({
      ...common,
      network: { peersOf: () => world.peersOf(name), request: (...args) => world.request(...args) },
      groupKeys: () => store.state.bundleKeys.filter(({ group }) => groups.belongs(group)),
      proofOf: group => groups.proofOf(group),
      take: (group, proof) => groups.peerCommitted(group, proof),
      readBundle: digest => store.generations.get(digest),
    })
  }

  revision(group = 'web'): number | undefined {
    return this.groups.state(group)?.revision
  }

  get record() {
    return this.store.state.groups.find(({ group }) => group === 'web')
  }

  /** Central is linked and says that this is committed, until the node serves it. */
  async hears({ generation, bytes, proof }: Signed, group = 'web'): Promise<void> {
    this.fromCentral.set(generation.digest, bytes)
    await this.links()
    const { timeline, epoch, signature } = proof
    const nothing = { candidate: null, retry: 0, removed: false }
    await this.groups.desired(
      { group, timeline, epoch, committed: generation, ...nothing },
      undefined,
      signature,
    )
    await pollUntil('it is served', () => this.revision(group) === generation.revision)
    await pollUntil('the proof is kept', () => this.groups.proofOf(group)?.epoch === epoch)
  }

  async links(): Promise<void> {
    const { timeline, epoch, bundleKeys } = this.store.state
    await this.groups.welcomed({ timeline, epoch, groups: bundleKeys.map(({ group }) => group) })
    this.peers.linkUp()
    for (const wake of this.#waiting.splice(0)) wake()
  }

  loses(): void {
    this.groups.linkDown()
    this.peers.linkDown()
  }

  /** As a link does: waits until central is there and has it. */
  async #fromCentral({ digest }: Generation): Promise<Uint8Array> {
    for (;;) {
      const bytes = this.fromCentral.get(digest)
      if (bytes !== undefined) return bytes
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }
}
