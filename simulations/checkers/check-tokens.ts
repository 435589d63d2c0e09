import type { Evidence, Violation } from './evidence.ts'

interface Token {
  readonly secretDigest: string
  readonly uses: number
  readonly expiresAtMs: number
  readonly redeemedBy: Set<string>
  isRevoked: boolean
}

interface Redemption {
  readonly token: string
  readonly secretDigest: string
  readonly key: string
}

/**
 * Promise 11, at the door: a token lets in whoever brings its secret, as many keys as it has uses, until the wall clock
 * of who leads says that its time is over or an admin revokes it. Whom it let in once may ask again. Nobody else comes
 * in, and nobody is turned away for want of a good token who has one.
 */
export function checkTokens({ records }: Evidence): Violation[] {
  const tokens = new Map<string, Token>()
  return records.flatMap(({ record, inputs, outputs }) => {
    const created = new Set(
      outputs.flatMap(({ type, data }) => (type === 'token.created' ? [String(data['token'])] : [])),
    )
    const revoked = outputs.flatMap(({ type, data }) => (type === 'token.revoked' ? [data['token']] : []))
    const answers = outputs.filter(
      ({ type, data }) =>
        type === 'audit' && data['action'] === 'token.redeem' && data['detail'] !== undefined,
    )
    const violations = inputs.flatMap(({ route, body }) => {
      if (route === 'create-token' && created.has(String(body['id']))) {
        const { id, secretDigest, uses, expiresAtMs } = body as unknown as Token & { readonly id: string }
        tokens.set(id, { secretDigest, uses, expiresAtMs, redeemedBy: new Set(), isRevoked: false })
      }
      if (route === 'revoke-token' && revoked.includes(String(body['id']))) {
        const token = tokens.get(String(body['id']))
        if (token !== undefined) token.isRevoked = true
      }
      if (route !== 'redeem') return []
      const redemption = body as unknown as Redemption
      const at = answers.findIndex(({ data }) => data['resource'] === `token/${redemption.token}`)
      const answer = at < 0 ? undefined : answers.splice(at, 1)[0]?.data
      const token = tokens.get(redemption.token)
      const why = objectionTo(token, redemption, record.wallMs)
      const isIn = answer?.['outcome'] === 'accepted'
      if (isIn) token?.redeemedBy.add(redemption.key)
      const isTurnedAway = answer?.['code'] === 'KONOR_ENGINE_TOKEN_REFUSED'
      if (isIn && why !== undefined) return [broken(record.seq, redemption, `lets somebody in, and ${why}`)]
      return isTurnedAway && why === undefined
        ? [broken(record.seq, redemption, 'turns somebody away, and it is good')]
        : []
    })
    return violations
  })
}

function objectionTo(
  token: Token | undefined,
  { secretDigest, key }: Redemption,
  wallMs: number,
): string | undefined {
  if (token === undefined) return 'there is none'
  if (token.secretDigest !== secretDigest) return 'the secret is another one'
  if (token.isRevoked) return 'it was revoked'
  if (token.redeemedBy.has(key)) return undefined
  if (wallMs > token.expiresAtMs) return `its time was over ${wallMs - token.expiresAtMs} ms ago`
  return token.redeemedBy.size >= token.uses ? 'all its uses are taken' : undefined
}

function broken(seq: number, { token }: Redemption, what: string): Violation {
  return { promise: 11, what: `token ${token} ${what}, in record ${seq}` }
}
