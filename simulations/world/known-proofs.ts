import type { MemberIdentity } from '../../runtime/gossip/wire/member-identity.ts'

/** Of what an identity proves, so much is verified by whoever gets it first: whether it can sign at all. */
const VERIFIED_FIRST = 4

/**
 * The proofs that members of one world made, or that somebody verified there. A signature says the same to
 * everybody, so each is computed once, where outside each member has to verify it for itself. What nobody here
 * has signed is verified as outside: nothing that is forged or garbled is known.
 */
export class KnownProofs {
  /** What was proven, and of whom, by proof. */
  readonly #statements = new Map<string, string>()

  /** An identity of this world. */
  remember({ id: own, prove, verify }: MemberIdentity): MemberIdentity {
    let proofs = 0
    return {
      id: own,
      prove: statement => {
        const proof = prove(statement)
        if (++proofs > VERIFIED_FIRST) this.#statements.set(textOf(proof), own + textOf(statement))
        return proof
      },
      verify: (proof, id, statement) => {
        const [name, words] = [textOf(proof), id + textOf(statement)]
        if (this.#statements.get(name) === words) return true
        const isGood = verify(proof, id, statement)
        if (isGood) this.#statements.set(name, words)
        return isGood
      },
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
