import type { LivenessState } from '../../../actors/node/chart.ts'
import type { Sighting } from './link-membership.ts'

/** What the links say of a node. All times are of one clock that stands still while this process does. */
export interface LinkEvidence {
  /** When the link that is up now was welcomed; undefined while there is none. */
  readonly welcomedAtMs: number | undefined
  /** The last message on the link that is up, or on the one that was lost. */
  readonly heardAtMs: number
  /** Since when the node should be heard on a link, and is not: the link is lost, or silent. */
  readonly missingSinceMs: number | undefined
  /** It said farewell on a link and has not been welcomed since; with the life that gossip knew of it then. */
  readonly farewell: { readonly epoch: number | undefined } | undefined
}

/** What gossip says of a node. It knows nothing of an older agent, or of one that UDP does not reach. */
export interface GossipEvidence extends Sighting {
  /** When gossip began to doubt it, or heard that it had left. */
  readonly doubtedAtMs: number
}

export interface Evidence {
  readonly link: LinkEvidence
  readonly gossip: GossipEvidence | undefined
}

export interface JudgeOptions {
  /** How long a node that gossip does not know may be missing before it is offline. */
  readonly offlineAfterMs: number
  /** How long the link of a doubted node has to answer, before the doubt shows. */
  readonly answerMs: number
  /** Silence of a link that counts. */
  readonly silenceMs: number
}

export interface Verdict {
  readonly to: LivenessState
  /** Gossip has buried a node that speaks on its link. */
  readonly isDisputed: boolean
  /** The verdict will change by itself, without any further news. */
  readonly isPending: boolean
}

/**
 * Who lives, of all that is known about a node now. Gossip proposes; a link on which the node was heard since objects;
 * where gossip knows nothing the link decides alone. Pure: the same evidence gives the same verdict.
 */
export function judgeLiveness(evidence: Evidence, options: JudgeOptions, nowMs: number): Verdict {
  const { link, gossip } = evidence
  if (link.farewell !== undefined && !isLaterLife(gossip, link.farewell.epoch)) return settled('left')
  if (gossip === undefined) return judgeLink(link, options, nowMs)
  if (gossip.status === 'alive') return settled('alive')
  if (speaksSince(link, gossip.doubtedAtMs)) {
    return { to: 'alive', isDisputed: gossip.status === 'dead', isPending: true }
  }
  if (mayAnswer(link, gossip.doubtedAtMs, options, nowMs)) return pending('alive')
  if (gossip.status === 'suspect' || objectedLately(link, gossip.doubtedAtMs, options, nowMs))
    return pending('suspect')
  return settled(gossip.status === 'dead' ? 'offline' : 'left')
}

function judgeLink(
  { missingSinceMs }: LinkEvidence,
  { offlineAfterMs }: JudgeOptions,
  nowMs: number,
): Verdict {
  if (missingSinceMs === undefined) return settled('alive')
  return nowMs - missingSinceMs >= offlineAfterMs ? settled('offline') : pending('suspect')
}

/** A link that is silent by now objects to nothing, although something was heard on it at first. */
function speaksSince(
  { welcomedAtMs, heardAtMs, missingSinceMs }: LinkEvidence,
  doubtedAtMs: number,
): boolean {
  return welcomedAtMs !== undefined && missingSinceMs === undefined && heardAtMs > doubtedAtMs
}

function mayAnswer(
  link: LinkEvidence,
  doubtedAtMs: number,
  { answerMs }: JudgeOptions,
  nowMs: number,
): boolean {
  return (
    link.welcomedAtMs !== undefined && link.missingSinceMs === undefined && nowMs - doubtedAtMs < answerMs
  )
}

/** It spoke since gossip doubts it, and has lost its link for less than the silence that counts: it may be back. */
function objectedLately(
  { welcomedAtMs, heardAtMs }: LinkEvidence,
  doubtedAtMs: number,
  { silenceMs }: JudgeOptions,
  nowMs: number,
): boolean {
  return welcomedAtMs === undefined && heardAtMs > doubtedAtMs && nowMs - heardAtMs < silenceMs
}

/** Gossip knows a life of the node that began after the one that said farewell. */
function isLaterLife(gossip: GossipEvidence | undefined, farewellEpoch: number | undefined): boolean {
  if (gossip === undefined || gossip.status === 'left') return false
  return farewellEpoch === undefined || gossip.epoch > farewellEpoch
}

function settled(to: LivenessState): Verdict {
  return { to, isDisputed: false, isPending: false }
}

function pending(to: LivenessState): Verdict {
  return { to, isDisputed: false, isPending: true }
}
