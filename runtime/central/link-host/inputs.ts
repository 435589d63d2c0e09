import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import type { LivenessState } from '../../../actors/node/chart.ts'
import { traceIdOf } from '../../engine/prepare-apply.ts'
import type { Input } from '../../kernel/input.ts'
import type { AgentHello, Redeem, ReportMessage } from '../../links/protocol.ts'

/** One node's liveness as the host sees it now. */
export interface LivenessChange {
  readonly node: string
  readonly to: LivenessState
}

/** A token's redemption as an input. Only the digest of the secret goes on. */
export function redeemInput({ token, secret, name }: Redeem, key: string): Input {
  const secretDigest = digestOfBytes(Buffer.from(secret))
  return nodeInput('redeem', name, { token, secretDigest, key, name })
}

/** An agent's hello as an input; `node` is whom its key speaks for. */
export function helloInput(hello: AgentHello, key: string, node: string): Input {
  const { name, labels, platform, version, timeline, epoch } = hello
  return nodeInput('hello', node, { key, name, labels, platform, version, timeline, epoch })
}

/** An agent's report as an input. */
export function reportInput({ seq, groups, traceparent }: ReportMessage, node: string): Input {
  const input = nodeInput('report', node, { node, seq, groups: groups as unknown as CborValue })
  const trace = traceIdOf(traceparent)
  return trace === null ? input : { ...input, trace }
}

/** Changes of liveness as an input: what the leader itself observed. */
export function livenessInput(changes: readonly LivenessChange[]): Input {
  const body = { changes: changes.map(({ node, to }) => ({ node, to })) }
  return { route: 'liveness', by: 'system', scopes: ['system'], body }
}

function nodeInput(route: string, node: string, body: CborValue): Input {
  return { route, by: `node/${node}`, scopes: ['node'], body }
}
