import { announceSelf } from './announce-self.ts'
import type { MemberState } from './member-state.ts'
import type { Update } from './messages.ts'
import { isBeyond } from './precedence.ts'
import { reportConflict } from './transitions.ts'

/** Others speak of us: an accusation of this life is answered with a later one, which only we can begin. */
export function hearOfSelf(state: MemberState, update: Update): void {
  const { self } = state
  if (self.phase !== 'running') return
  if (isForged(state, update)) return reportConflict(state, self.id, 'forged')
  if (update.epoch > self.epoch) return reportConflict(state, self.id, 'own-epoch-behind', update.address)
  if (update.epoch < self.epoch) {
    // An accusation of a former life is still about: our present life supersedes it wherever it comes.
    if (update.state !== 'alive' && !state.queue.has(self.id)) announceSelf(state)
    return
  }
  if (update.state === 'left' || (update.state === 'alive' && update.incarnation > self.incarnation))
    reportConflict(state, self.id, 'own-id-in-use', update.address)
  if (
    update.state === 'alive' ? update.incarnation <= self.incarnation : update.incarnation < self.incarnation
  )
    return
  // Nobody who proves lives believes it, and answering would use up what incarnations there are.
  if (state.seal !== undefined && isBeyond(update, self)) return
  self.incarnation = update.incarnation + 1
  state.awareness.adjust(1)
  announceSelf(state)
  state.events.push({ type: 'SELF_REFUTED', incarnation: self.incarnation })
}

/** Of our life and farewell only we speak, and whoever passes on what we signed. */
function isForged({ seal }: MemberState, update: Update): boolean {
  if (seal === undefined || update.state === 'suspect' || update.state === 'dead') return false
  return update.signature === undefined || !seal.verify(update)
}
