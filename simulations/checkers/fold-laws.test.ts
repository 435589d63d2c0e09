import test from 'ava'
import type { Address } from '../../actors/vocabulary/address.ts'
import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import { Draft } from '../../runtime/kernel/draft.ts'
import { type Effect, KernelState } from '../../runtime/kernel/kernel-state.ts'
import { POISON } from '../faults/poison-input.ts'
import { deadlineProblems } from './deadline-law.ts'
import { FOLD_LAWS } from './fold-laws.ts'
import { type FoldedInput, FoldLedger } from './fold-ledger.ts'
import { viewProblems } from './view-problems.ts'

const WAIT = 'xstate.after.bake.lamp@1.on'
const chart = {
  kind: 'lamp',
  name: 'lamp@1',
  retain: 1,
  delays: { bake: () => 50 },
  config: { initial: 'off', states: { off: {}, on: { after: { bake: 'off' } }, gone: { type: 'final' } } },
}
const at = { seq: 7, timeMs: 100, wallMs: 9_000 }

function lamp(value: string, dueMs?: number, name = 'a', changedSeq = 7): ActorRecord {
  return {
    address: `lamp/${name}` as Address,
    machine: { chart } as unknown as ActorRecord['machine'],
    snapshot: { value, context: {}, status: value === 'gone' ? 'done' : 'active' } as ActorRecord['snapshot'],
    deadlines: dueMs === undefined ? {} : { [WAIT]: { dueMs, event: { type: WAIT } } },
    changedSeq,
  }
}

const effect = (key: string, sinceSeq = 7): Effect => ({
  key,
  kind: 'compile',
  data: null,
  from: 'lamp/a' as Address,
  sinceSeq,
})

/** One input that found `before` and left what `write` makes of it. */
function folded(
  before: { readonly actors?: readonly ActorRecord[]; readonly effects?: readonly Effect[] },
  write: (draft: Draft) => void,
  input: Partial<Pick<FoldedInput, 'route' | 'body' | 'outputs'>> = {},
): FoldedInput {
  const state = new KernelState()
  for (const actor of before.actors ?? []) state.set(actor)
  for (const owed of before.effects ?? []) state.setEffect(owed)
  const ledger = new FoldLedger()
  ledger.note({ after: state, changed: (before.actors ?? []).map(({ address }) => address) })
  const after = new Draft(state)
  write(after)
  return {
    route: 'say',
    body: {},
    at,
    outputs: [],
    ...input,
    before: ledger,
    after,
    changed: [...after.changed()],
  }
}

const problems = (one: FoldedInput): readonly string[] => FOLD_LAWS.flatMap(law => [...law(one)])
const faulted = [
  { type: 'audit', data: { outcome: 'refused' } },
  { type: 'input.faulted', data: {} },
] as unknown as FoldedInput['outputs']
const boasting = [
  { type: 'audit', data: { outcome: 'accepted' } },
  { type: 'input.faulted', data: {} },
] as unknown as FoldedInput['outputs']
const poison = { route: 'declare', body: { action: POISON } }
const due = { route: 'timer', body: { address: 'lamp/a', timer: WAIT } }

test('a lamp that is lit, kept on, spent and put out in time breaks no law', t => {
  const sound = [
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('on', 150))),
    folded({ actors: [lamp('on', 120)] }, draft => draft.set(lamp('on', 120))),
    folded({ actors: [lamp('on', 120)] }, draft => draft.set(lamp('off'))),
    folded({ actors: [lamp('on', 100)] }, draft => draft.set(lamp('off')), due),
    folded({ actors: [lamp('on', 101)] }, () => {}, due),
    folded({ actors: [lamp('off')] }, draft => draft.keepEnded(lamp('gone'), 1)),
    folded({ effects: [effect('e')] }, draft => draft.deleteEffect('e'), {
      route: 'effect',
      body: { key: 'e' },
    }),
    folded({}, draft => draft.setEffect(effect('e'))),
    folded({ actors: [lamp('off')] }, () => {}, { ...poison, outputs: faulted }),
  ]
  for (const one of sound) t.deepEqual(problems(one), [])
})

test('timers that fire early, are not armed, armed for another time, dropped or kept too long are found', t => {
  const wrong = [
    folded({ actors: [lamp('on', 101)] }, draft => draft.set(lamp('off')), due),
    folded({ actors: [lamp('on', 99)] }, draft => draft.set(lamp('on', 99)), due),
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('on'))),
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('on', 9_050))),
    folded({ actors: [lamp('on', 120)] }, draft => draft.set(lamp('on'))),
    folded({ actors: [lamp('on', 120)] }, draft => draft.set(lamp('on', 130))),
    folded({ actors: [lamp('on', 120)] }, draft => draft.set(lamp('off', 120))),
  ]
  for (const one of wrong) t.true(problems(one).length > 0)
  t.true(wrong.slice(2).every(one => deadlineProblems(one).length > 0))
})

test('effects that vanish, stay, change or come without an author are found', t => {
  const result = { route: 'effect', body: { key: 'e' } }
  const wrong = [
    folded({ effects: [effect('e')] }, draft => draft.deleteEffect('e')),
    folded({ effects: [effect('e', 3)] }, () => {}, result),
    folded({ effects: [effect('e')] }, draft => draft.setEffect(effect('e'))),
    folded({}, draft => draft.setEffect(effect('e', 3))),
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('off')), result),
  ]
  for (const one of wrong) t.true(problems(one).length > 0)
})

test('faults that leave something, the dead that move, and ends that are not noted are found', t => {
  const wrong = [
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('on', 150)), { ...poison, outputs: faulted }),
    folded({ actors: [lamp('off')] }, () => {}, { outputs: faulted }),
    folded({ actors: [lamp('off')] }, () => {}, { ...poison, outputs: boasting }),
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('gone'))),
    folded({ actors: [lamp('off')] }, draft => draft.set(lamp('off', undefined, 'a', 6))),
    folded({ actors: [lamp('off'), lamp('off', undefined, 'b')] }, draft => {
      draft.keepEnded(lamp('gone'), 2)
      draft.keepEnded(lamp('gone', undefined, 'b'), 2)
    }),
  ]
  for (const one of wrong) t.true(problems(one).length > 0)
})

test('a view that lists or counts other than the ledger is found', t => {
  const { before, after } = folded({ actors: [lamp('off'), lamp('off', undefined, 'b')] }, () => {})
  t.deepEqual(viewProblems(after, before, ['lamp']), [])
  before.reload([...before.actors.values()].slice(0, 1), before.effects)
  t.is(viewProblems(after, before, ['lamp']).length, 3)
})
