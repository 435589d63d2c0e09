import test from 'ava'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { encodeProof, sealPiece } from './peer-answer.ts'
import { ASK_AFTER_MS, ASK_EVERY_MS, PIECE_BYTES } from './peer-limits.ts'
import { type SealedQuestion, openQuestion } from './peer-question.ts'
import { PeerWorld, type Signed, forged, keyOf, nothing, signed } from './peers.test.kit.ts'

const one = signed(1, { limit: 1 })
const two = signed(2, { limit: 2, big: 'x'.repeat(3 * PIECE_BYTES) })
const GROUPS = [{ group: 'web', key: keyOf('web') }]

interface Lie {
  /** The proof that it shows. */
  readonly proof?: Signed['proof']
  /** The pieces that it gives for a bundle. */
  readonly bundle?: (question: SealedQuestion) => Iterable<Uint8Array>
}

/** A member of the group that says what it wants. */
const liar = (world: PeerWorld, name: string, { proof, bundle }: Lie): void =>
  world.stranger(name, async function* (payload) {
    const question = openQuestion(payload, GROUPS)
    if (question === undefined) return
    if (question.question.ask === 'bundle') yield* bundle?.(question) ?? []
    else if (proof !== undefined) yield sealPiece(question, 0, encodeProof(proof), world.random)
  })

/** The honest pieces of a bundle. */
const piecesOf = (world: PeerWorld, bytes: Uint8Array) =>
  function* (question: SealedQuestion): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES)
      yield sealPiece(question, at / PIECE_BYTES, bytes.subarray(at, at + PIECE_BYTES), world.random)
  }

test('a node that lost central asks after a while, follows a newer proof and passes it on itself', async t => {
  const world = new PeerWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  await a.hears(one)
  await b.hears(one)
  await a.hears(two)
  b.loses()
  world.clock.advanceBy(ASK_AFTER_MS - 1)
  t.is(world.asked.length, 0, 'a link that is lost for a moment is nobody else’s business')
  await world.until('b serves 2', () => b.revision() === 2)
  t.true(b.groups.state('web')?.stale)
  t.like(b.peers.stats, { taken: 1, fetched: 1, refused: {} })
  await pollUntil('it is applied', () => b.record?.active?.outcome === 'applied')
  t.deepEqual(b.groups.proofOf('web'), two.proof)
  // A third that has heard nothing at all gets it from the second.
  a.peers.stop()
  world.stranger('a', nothing)
  const c = await world.node('c')
  c.loses()
  await world.until('c serves 2', () => c.revision() === 2)
  t.is(b.peers.stats.bundlesServed, 1)
})

test('with central there nobody is asked, and once it is back asking ends', async t => {
  const world = new PeerWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  await a.hears(two)
  await b.hears(one)
  world.clock.advanceBy(10 * ASK_EVERY_MS)
  b.loses()
  await b.links()
  world.clock.advanceBy(10 * ASK_EVERY_MS)
  t.deepEqual(world.asked, [])
  t.is(b.revision(), 1)
})

test('what is not central’s word for this group, or is older than what was held, changes nothing', async t => {
  const world = new PeerWorld(t)
  const node = await world.node('node', ['web', 'db'])
  await node.hears(two)
  const later = signed(2, { limit: 2, big: 'x'.repeat(3 * PIECE_BYTES) }, { epoch: 5 })
  await node.hears(later)
  const { proof } = signed(3, { limit: 3 }, { epoch: 5 })
  const altered = Uint8Array.from(proof.signature)
  altered[9] = (altered[9] ?? 0) ^ 1
  const lies: Record<string, Signed['proof']> = {
    'of another cluster': signed(3, {}, { cluster: 'c2', epoch: 5 }).proof,
    'of another group': signed(3, {}, { group: 'db', epoch: 5 }).proof,
    'by another key': { ...forged(3, {}).proof, epoch: 5 },
    'with another revision': { ...proof, revision: 4 },
    'with another timeline': { ...proof, timeline: 2 },
    'with another digest': { ...proof, digest: one.proof.digest },
    'with an altered signature': { ...proof, signature: altered },
    'with no signature': { ...proof, signature: new Uint8Array() },
    'below the fence': signed(3, {}, { epoch: 4 }).proof,
    'of an earlier timeline': signed(3, {}, { timeline: 0, epoch: 9 }).proof,
    'replayed and older': signed(1, { limit: 1 }, { epoch: 5 }).proof,
  }
  for (const [name, lie] of Object.entries(lies)) liar(world, name, { proof: lie })
  node.loses()
  const counted = () => Object.values(node.peers.stats.refused).reduce((sum, count) => sum + count, 0)
  await world.until('each was met', () => new Set(world.asked).size === Object.keys(lies).length)
  await world.until('and refused', () => counted() > 30)
  t.is(node.revision(), 2)
  t.is(node.groups.state('db'), undefined)
  t.is(node.record?.activation, 1)
  t.deepEqual(node.groups.proofOf('web'), later.proof)
  t.is(node.peers.stats.taken, 0)
  t.deepEqual(Object.keys(node.peers.stats.refused).toSorted(), [
    'KONOR_AGENT_BAD_PROOF',
    'KONOR_AGENT_FENCED',
  ])
  const { timeline, epoch } = node.store.state
  t.deepEqual([timeline, epoch], [1, 5])
})

test('a peer that lies with bytes costs its try; the next one gives them', async t => {
  const world = new PeerWorld(t)
  const node = await world.node('node')
  await node.hears(one)
  const { proof, bytes } = two
  const flipped = Uint8Array.from(bytes)
  flipped[70_000] = (flipped[70_000] ?? 0) ^ 1
  const otherSeal = { sealKey: new Uint8Array(32).fill(7) }
  const lies: Lie[] = [
    { bundle: piecesOf(world, flipped) },
    { bundle: piecesOf(world, bytes.subarray(0, PIECE_BYTES)) },
    { bundle: piecesOf(world, Buffer.concat([bytes, bytes, bytes])) },
    { bundle: question => [...piecesOf(world, bytes)(question)].toReversed() },
    { bundle: question => piecesOf(world, bytes)({ ...question, ...otherSeal }) },
    { bundle: question => [...piecesOf(world, bytes)(question)].map(piece => piece.subarray(1)) },
    { bundle: () => [new Uint8Array()] },
  ]
  for (const [index, lie] of lies.entries()) liar(world, `liar ${index}`, { ...lie, proof })
  node.loses()
  const counted = () => node.peers.stats.refused['KONOR_AGENT_BAD_PEER'] ?? 0
  await world.until('all were tried', () => counted() >= 2 * lies.length)
  t.is(node.revision(), 1)
  liar(world, 'honest', { proof, bundle: piecesOf(world, bytes) })
  await world.until('one is honest', () => node.revision() === 2)
  t.deepEqual(node.record?.refused, [], 'what peers could not give is not the fault of the revision')
})

test('a proof of a size that nothing has, more proofs than one, or noise, is the fault of its peer', async t => {
  const world = new PeerWorld(t)
  const node = await world.node('node')
  await node.hears(one)
  const huge = signed(3, {}, { sizeBytes: 2 ** 40 }).proof
  liar(world, 'huge', { proof: huge })
  world.stranger('noise', async function* () {
    yield world.random.bytes(200)
  })
  world.stranger('twice', async function* (payload) {
    const question = openQuestion(payload, GROUPS)
    for (const index of [0, 0])
      if (question) yield sealPiece(question, index, encodeProof(two.proof), world.random)
  })
  world.stranger('hangs', async function* () {
    await new Promise<void>(resolve => world.clock.startTimer(10_000, resolve))
    yield* nothing()
    throw new RangeError('a defect of the network, not a coded error')
  })
  node.loses()
  await world.until('all are met', () => {
    const { refused } = node.peers.stats
    return (refused['KONOR_AGENT_BAD_PEER'] ?? 0) > 6 && (refused['other'] ?? 0) > 2
  })
  t.is(node.revision(), 1)
  t.is(node.peers.stats.taken, 0)
})

test('a signature under central’s own desire that does not verify is not kept, and the desire is', async t => {
  const world = new PeerWorld(t)
  const node = await world.node('node')
  const { generation, bytes } = one
  node.fromCentral.set(generation.digest, bytes)
  await node.links()
  const desire = { group: 'web', timeline: 1, epoch: 1, retry: 0, removed: false, candidate: null }
  const { signature } = forged(1, { limit: 1 }).proof
  await node.groups.desired({ ...desire, committed: generation }, undefined, signature)
  await pollUntil('it is applied', () => node.record?.active?.outcome === 'applied')
  t.is(node.groups.proofOf('web'), undefined)
  t.is(node.record?.proof, null)
})

test('a candidate is never passed on, neither as a proof nor by its digest', async t => {
  const world = new PeerWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  await a.hears(one)
  await b.hears(one)
  const { generation, bytes } = two
  a.fromCentral.set(generation.digest, bytes)
  const timeouts = { prepareTimeoutMs: 1_000, applyTimeoutMs: 1_000 }
  const candidate = { ...generation, ...timeouts, activate: true }
  const desire = { group: 'web', timeline: 1, epoch: 1, retry: 0, removed: false }
  await a.groups.desired({ ...desire, committed: one.generation, candidate })
  await pollUntil('a runs the candidate', () => a.revision() === 2)
  await b.groups.desired({ ...desire, committed: one.generation, candidate })
  b.loses()
  await world.until('b has asked for long', () => world.asked.length > 20)
  t.is(b.revision(), 1)
  t.is(a.peers.stats.bundlesServed, 0)
  // The moment central has signed it, and b can hear of that, it is given.
  await a.groups.desired(
    { ...desire, committed: generation, candidate: null },
    undefined,
    two.proof.signature,
  )
  await world.until('b runs what is committed', () => b.revision() === 2)
})

test('a node that knows what is committed and lacks its bytes has them from a peer, or from central', async t => {
  const world = new PeerWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  await a.hears(two)
  await b.hears(one)
  const desire = { group: 'web', timeline: 1, epoch: 1, retry: 0, removed: false, candidate: null }
  await b.groups.desired({ ...desire, committed: two.generation }, undefined, two.proof.signature)
  b.loses()
  await world.until('b has the bytes', () => b.revision() === 2)
  t.like(b.peers.stats, { taken: 0, fetched: 1 })
  const three = signed(3, { limit: 3 })
  await b.links()
  const heard = b.groups.desired({ ...desire, committed: three.generation })
  b.loses()
  await heard
  await world.until('nobody has it', () => world.asked.length > 30)
  t.is(b.revision(), 2)
  b.fromCentral.set(three.generation.digest, three.bytes)
  await b.links()
  await pollUntil('central has', () => b.revision() === 3)
})

test('a stranger to the group gets no answer, and learns nothing from a question', async t => {
  const world = new PeerWorld(t)
  const [a, b] = [await world.node('a', ['db']), await world.node('b')]
  await b.hears(two)
  const heard: Uint8Array[] = []
  world.stranger('ear', async function* (payload) {
    heard.push(payload)
    yield* nothing()
  })
  a.loses()
  b.loses()
  await world.until('all have asked', () => heard.length >= 4)
  t.is(a.peers.stats.answered + b.peers.stats.answered, 0)
  t.is(a.peers.stats.proofsServed + b.peers.stats.proofsServed, 0)
  t.deepEqual(a.peers.stats.refused, {})
  for (const payload of heard) {
    const text = Buffer.from(payload)
    t.false(text.includes('web') || text.includes('db') || text.includes(two.generation.digest))
    t.is(openQuestion(payload, [{ group: 'web', key: keyOf('guess') }]), undefined)
  }
  t.is(new Set(heard.map(payload => Buffer.from(payload).toString('hex'))).size, heard.length)
})
