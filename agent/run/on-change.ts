import { constants } from 'node:os'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** What `konor run` does with its command when the group changes. */
export type OnChange =
  | { readonly does: 'restart' }
  | { readonly does: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly does: 'nothing' }

/** Reads `restart`, `none` or `signal:HUP` (or `signal:SIGHUP`). Throws `KONOR_RUN_USAGE`. */
export function parseOnChange(text: string): OnChange {
  if (text === 'restart') return { does: 'restart' }
  if (text === 'none') return { does: 'nothing' }
  const name = /^signal:(?:SIG)?([A-Z0-9]+)$/.exec(text)?.[1]
  const signal = `SIG${name}` as NodeJS.Signals
  if (name !== undefined && Object.hasOwn(constants.signals, signal)) return { does: 'signal', signal }
  throw new KonorError(
    'KONOR_RUN_USAGE',
    `--on-change ${text}: give restart, none or signal:NAME, as signal:HUP`,
  )
}
