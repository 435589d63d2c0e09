import test from 'ava'
import fc from 'fast-check'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { silentLogger } from '../../runtime/ports/logger.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { decodeProof, encodeProof, openPiece } from './peer-answer.ts'
import { PIECE_BYTES, SERVED_BYTES_PER_SECOND, TRANSFERS_OUT_MAX } from './peer-limits.ts'
import { openQuestion, sealQuestion } from './peer-question.ts'
import { createPeerService } from './serve-peers.ts'

const random = new SeededRandom('serve')
const groupKey = { group: 'web', key: random.bytes(32) }
const BUNDLE = random.bytes(PIECE_BYTES * 3 + 5)
const PROOF = {
  timeline: 1,
  epoch: 2,
  revision: 3,
  digest: digestOfBytes(BUNDLE),
  sizeBytes: BUNDLE.length,
  signature: random.bytes(64),
}

function serviceOf(clock = new VirtualClock()) {
  const groupKeys = () => [{ group: 'db', key: new Uint8Array(32) }, groupKey]
  const proofOf = (group: string) => (group === 'web' ? PROOF : undefined)
  const readBundle = async () => BUNDLE
  return createPeerService({ groupKeys, proofOf, readBundle, clock, random, logger: silentLogger })
}

test('a question is opened by who has the key of its group, altered or by others never', async t => {
  const question = sealQuestion(groupKey, { ask: 'bundle', digest: PROOF.digest }, random)
  t.like(openQuestion(question.payload, [groupKey]), { group: 'web', question: question.question })
  t.is(openQuestion(question.payload, [{ ...groupKey, key: random.bytes(32) }]), undefined)
  const service = serviceOf()
  fc.assert(
    fc.property(fc.nat(question.payload.length * 8 - 1), bit => {
      const altered = Uint8Array.from(question.payload)
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return openQuestion(altered, [groupKey]) === undefined
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => openQuestion(bytes, [groupKey]) === undefined),
  )
  for await (const _ of service.answer(random.bytes(90))) t.fail('noise was answered')
})

test('a proof is read as it was written, and a piece answers its question in its place alone', async t => {
  t.deepEqual(decodeProof(encodeProof(PROOF)), PROOF)
  const question = sealQuestion(groupKey, { ask: 'proof' }, random)
  const pieces: Uint8Array[] = []
  for await (const piece of serviceOf().answer(question.payload)) pieces.push(piece)
  const [piece] = pieces
  if (piece === undefined) return t.fail()
  t.is(pieces.length, 1)
  t.deepEqual(decodeProof(openPiece(question, 0, piece)), PROOF)
  const other = sealQuestion(groupKey, { ask: 'proof' }, random)
  for (const [of, index] of [
    [question, 1],
    [other, 0],
    [{ ...question, group: 'db' }, 0],
  ] as const)
    t.throws(() => openPiece(of, index, piece), { code: 'KONOR_AGENT_BAD_PEER' })
})

test('bundles at once are bounded, their rate is, and who goes away makes room', async t => {
  const clock = new VirtualClock()
  const service = serviceOf(clock)
  const ask = () => {
    const question = sealQuestion(groupKey, { ask: 'bundle', digest: PROOF.digest }, random)
    return service.answer(question.payload)[Symbol.asyncIterator]()
  }
  const answers = Array.from({ length: TRANSFERS_OUT_MAX }, ask)
  const first = answers.map(answer => answer.next())
  t.is((await ask().next()).done, true)
  let begun = 0
  for (const piece of first) void piece.then(({ done }) => (begun += done === true ? 0 : 1))
  await pollUntil('the first piece goes at once', () => begun === 1)
  clock.advanceBy((PIECE_BYTES / SERVED_BYTES_PER_SECOND) * 1_000)
  await pollUntil('the next when it is its turn', () => begun === TRANSFERS_OUT_MAX)
  await answers[0]?.return?.()
  let isServed = false
  void ask()
    .next()
    .then(({ done }) => (isServed = done !== true))
  await pollUntil('there is room again', () => {
    clock.advanceBy(1_000)
    return isServed
  })
  t.is(service.stats.bundlesServed, 0)
})
