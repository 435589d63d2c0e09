import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { defineChart } from '../../actors/vocabulary/define-chart.ts'
import { emit, type Instruction, spawn, tell } from '../../actors/vocabulary/instruction.ts'
import { contextOf, valueOf } from './actor-record.ts'
import { createChartRegistry } from './chart-registry.ts'
import type { Draft } from './draft.ts'
import { effectDoneRoute, timerDueRoute } from './fold.ts'
import { FOLD_VERSION } from './fold-version.ts'
import type { Folded, Input } from './input.ts'
import { Kernel } from './kernel.ts'
import type { Position } from './kernel-state.ts'

interface Tally {
  readonly name: string
  readonly count: number
  readonly heard: readonly string[]
}

interface Says {
  readonly say: string
}

/** An actor that counts, passes messages on, makes children, owes effects, and can be made to throw. */
export const tallyChart = defineChart<Tally>({
  kind: 'tally',
  name: 'tally@1',
  retain: 2,
  initialContext: (input, _, self) => ({ name: self, count: Number(input ?? 0), heard: [] }),
  config: {
    initial: 'open',
    states: {
      open: {
        entry: 'announceBirth',
        on: {
          ADD: { actions: ['add', 'announce'] },
          HEAR: { actions: 'hear' },
          RELAY: { actions: ['relay', 'hearRelay'] },
          RUN: { actions: ['add', 'runOn'] },
          GUARD: { guard: 'throws', actions: 'add' },
          UPDATE: { actions: ['add', 'fail'] },
          INSTRUCT: { actions: ['add', 'failToSay'] },
          CHILD: { actions: 'bear' },
          OWE: { actions: 'owe' },
          PAID: { actions: 'hear' },
          ANSWER: { actions: 'answer' },
          IGNORE: {},
          CLOSE: 'closed',
        },
      },
      closed: { type: 'final' },
    },
  },
  guards: {
    throws: () => {
      throw new Error('a guard that throws')
    },
  },
  updates: {
    add: ({ count }) => ({ count: count + 1 }),
    hear: ({ heard }, { say }: Says) => ({ heard: [...heard, say] }),
    hearRelay: ({ heard }) => ({ heard: [...heard, 'relayed'] }),
    fail: () => {
      throw new Error('an update that throws')
    },
  },
  instructions: {
    announceBirth: ({ name }) => emit('tally.born', { name }),
    announce: ({ count }) => emit('tally.added', { count }),
    relay: (_, { to, say }: { readonly to: readonly string[] } & Says) =>
      to.map(one => tell(one as Address, { type: 'HEAR', say })),
    runOn: ({ name }) => tell(name as Address, { type: 'RUN' }),
    failToSay: () => {
      throw new Error('an instruction that throws')
    },
    bear: (_, { child }: { readonly child: string }) => [
      spawn(child as Address, 10),
      tell(child as Address, { type: 'ADD' }),
    ],
    owe: (_, { key }: { readonly key: string }) => ({ do: 'effect', key, kind: 'pay', data: { key } }),
    answer: ({ count }) => ({ do: 'reply', body: count }),
  },
})

/** An actor with deadlines: it bakes for a minute, and may be disturbed. */
export const ovenChart = defineChart<{ readonly done: number; readonly minutes: number }>({
  kind: 'oven',
  name: 'oven@1',
  initialContext: input => ({ done: 0, minutes: Number(input ?? 1) }),
  config: {
    initial: 'baking',
    states: {
      cold: { on: { HEAT: 'baking' } },
      baking: {
        on: { COOL: 'cold', RESTART: { target: 'baking', reenter: true }, STIR: { actions: 'stir' } },
        after: { bake: { guard: 'isHot', target: 'ready' } },
      },
      ready: { entry: 'finish', on: { HEAT: 'baking' } },
    },
  },
  guards: { isHot: ({ minutes }) => minutes < 100 },
  updates: { finish: ({ done }) => ({ done: done + 1 }), stir: () => ({}) },
  instructions: {},
  delays: { bake: ({ minutes }) => minutes * 60_000 },
})

/** A kernel with these two charts; its one open route carries out the instructions that it is given. */
export class TestKernel {
  readonly kernel: Kernel
  timeMs = 0
  foldVersion = FOLD_VERSION

  constructor(stateBytes?: Uint8Array) {
    this.kernel = new Kernel(createChartRegistry([tallyChart, ovenChart]), {
      do: (_, input) => ({ instructions: input.body as unknown as Instruction[] }),
      ask: (_, input) => ({
        audit: { action: 'test.ask', resource: 'tally/a', detail: {} },
        instructions: input.body as unknown as Instruction[],
      }),
      refuse: () => ({ refuse: { code: 'KONOR_ENGINE_DENIED', message: 'no' } }),
      timer: timerDueRoute,
      effect: effectDoneRoute,
    })
    if (stateBytes !== undefined) this.kernel.restore(stateBytes)
    this.timeMs = this.kernel.position.timeMs
  }

  /** Folds one input as a record of its own and makes it state. */
  fold(route: string, body: unknown): Folded {
    const draft = this.kernel.draft()
    const folded = this.foldOn(draft, route, body)
    this.kernel.commit(draft, this.next())
    return folded
  }

  foldOn(draft: Draft, route: string, body: unknown): Folded {
    const position = this.next()
    const input: Input = { route, by: 'test', scopes: [], body: body as CborValue }
    return this.kernel.fold(draft, input, { seq: position.seq, timeMs: this.timeMs, wallMs: 0 }, position)
  }

  do(...instructions: readonly Instruction[]): Folded {
    return this.fold('do', instructions)
  }

  send(address: string, type: string, data: object = {}): Folded {
    return this.do(tell(address as Address, { type, ...data }))
  }

  next(): Position {
    const seq = this.kernel.position.seq + 1
    return { timeline: 1, epoch: 1, seq, timeMs: this.timeMs, foldVersion: this.foldVersion }
  }

  tally(address: string): Tally {
    return contextOf<Tally>(this.record(address))
  }

  state(address: string): CborValue {
    return valueOf(this.record(address))
  }

  has(address: string): boolean {
    return this.kernel.state.get(address as Address) !== undefined
  }

  record(address: string) {
    const record = this.kernel.state.get(address as Address)
    if (record === undefined) throw new Error(`there is no ${address}`)
    return record
  }
}
