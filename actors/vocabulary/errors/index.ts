import { agentErrors } from './agent.ts'
import { analyticsErrors } from './analytics.ts'
import { apiErrors } from './api.ts'
import { canonicalErrors } from './canonical.ts'
import { cliErrors } from './cli.ts'
import { engineErrors } from './engine.ts'
import type { ErrorSpec } from './error-spec.ts'
import { gossipErrors } from './gossip.ts'
import { journalErrors } from './journal.ts'
import { kernelErrors } from './kernel.ts'
import { linkErrors } from './link.ts'
import { manifestErrors } from './manifest.ts'
import { rehearsalErrors } from './rehearsal.ts'
import { replayErrors } from './replay.ts'
import { socketErrors } from './socket.ts'

/** The one table of errors: problem documents, exit codes and the error reference are made from it. */
export const errors = {
  ...agentErrors,
  ...analyticsErrors,
  ...apiErrors,
  ...canonicalErrors,
  ...cliErrors,
  ...engineErrors,
  ...gossipErrors,
  ...journalErrors,
  ...kernelErrors,
  ...linkErrors,
  ...manifestErrors,
  ...rehearsalErrors,
  ...replayErrors,
  ...socketErrors,
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof errors
