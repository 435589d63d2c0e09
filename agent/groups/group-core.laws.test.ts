import test from 'ava'
import fc from 'fast-check'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { GroupDriver, candidate, generation, process } from './testing/group-driver.ts'

/**
 * A group's core under any interleaving of desires, processes, a slow disk and link, crashes and time. The watcher
 * keeps its own books and shares nothing with the core but its inputs and what it tells.
 */
const PROCESSES = ['a', 'b'] as const
const INSTANCES = ['1', '2', '3', '4'] as const

const revision = fc.integer({ min: 1, max: 8 })
const name = fc.constantFrom(...PROCESSES)
const instance = fc.constantFrom(...INSTANCES)
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('commit'), revision }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('offer'), revision, activate: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('register'), name, instance, prepare: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ack'), name, instance, ok: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('prepare'), name, instance, ok: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('bye', 'break'), name, instance }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('release') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash', 'link-up', 'link-down', 'retry') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('damage'), revision }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 12_000 }) }) },
)
/** Mostly processes that come, answer and go while one revision after the other is offered. */
const ok = fc.integer({ min: 0, max: 9 }).map(draw => draw > 0)
const conversation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('offer'), revision, activate: fc.constant(true) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('register'), name, instance, prepare: fc.constant(false) }),
  },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('ack'), name, instance, ok }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('bye', 'break'), name, instance }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash', 'link-up', 'retry') }) },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** What an observer outside knows. */
class Watcher {
  readonly driver = new GroupDriver()
  /** What central ever allowed to be active. */
  readonly allowed = new Set<Digest>()
  /** What each activation number ever named. */
  readonly named = new Map<number, string>()
  /** What was on disk as applied. */
  readonly applied = new Set<Digest>()
  readonly connected = new Map<string, { name: string; instance: string; prepare: boolean; acked: number }>()
  /** Deaths minus successors since the activation, by process. */
  dead = new Map<string, number>()
  activation = 0
  revision = 0
  committed = 1
  offered: { revision: number; activate: boolean } | null = null
  retry = 0

  constructor() {
    this.driver.holding = true
    this.#desire()
  }

  take(step: Command): void {
    const { driver } = this
    switch (step.do) {
      case 'commit':
        this.committed = Math.max(this.committed, (step as { revision: number }).revision)
        this.offered = null
        return this.#desire()
      case 'offer': {
        const { revision: offered, activate } = step as { revision: number; activate: boolean }
        this.offered = { revision: this.committed + offered, activate }
        return this.#desire()
      }
      case 'retry':
        this.retry++
        return this.#desire()
      case 'register':
        return this.#register(step as { name: string; instance: string; prepare: boolean })
      case 'ack':
        return this.#ack(step as { name: string; instance: string; ok: boolean })
      case 'prepare': {
        const { name: of, instance: at, ok } = step as { name: string; instance: string; ok: boolean }
        return driver.acknowledge(process(of, at), { phase: 'prepare', outcome: ok ? 'ok' : 'rejected' })
      }
      case 'bye':
      case 'break':
        return this.#leave(step as { do: string; name: string; instance: string })
      case 'release':
        return driver.release()
      case 'crash':
        this.connected.clear()
        this.dead.clear()
        return driver.crash()
      case 'link-up':
        return driver.send({ type: 'LINK_UP' })
      case 'link-down':
        return driver.send({ type: 'LINK_DOWN' })
      case 'damage':
        driver.damaged.add(generation((step as { revision: number }).revision).digest)
        return
      case 'pass':
        return driver.pass((step as { ms: number }).ms)
    }
  }

  #desire(): void {
    const { committed, offered, retry } = this
    const wanted = offered === null ? null : candidate(generation(offered.revision), offered.activate)
    this.allowed.add(generation(committed).digest)
    if (wanted?.activate === true) this.allowed.add(wanted.digest)
    this.driver.desire({ committed: generation(committed), candidate: wanted, retry })
  }

  #register(one: { name: string; instance: string; prepare: boolean }): void {
    const key = `${one.name}/${one.instance}`
    if (!this.connected.has(key)) {
      const dead = this.dead.get(one.name) ?? 0
      this.dead.set(one.name, Math.max(0, dead - 1))
      this.connected.set(key, { ...one, acked: 0 })
    }
    this.driver.register(process(one.name, one.instance, one.prepare))
  }

  #ack(one: { name: string; instance: string; ok: boolean }): void {
    const connection = this.connected.get(`${one.name}/${one.instance}`)
    const served = this.driver.served
    if (connection !== undefined && one.ok && served !== undefined) connection.acked = served.activation
    const outcome = one.ok ? 'ok' : 'rejected'
    this.driver.acknowledge(process(one.name, one.instance), { outcome })
  }

  #leave(one: { do: string; name: string; instance: string }): void {
    const key = `${one.name}/${one.instance}`
    const connection = this.connected.get(key)
    const registration = process(one.name, one.instance)
    this.connected.delete(key)
    if (one.do === 'bye') return this.driver.send({ type: 'BYE', registration })
    const owed = connection !== undefined && connection.acked !== this.driver.served?.activation
    if (owed) this.dead.set(one.name, (this.dead.get(one.name) ?? 0) + 1)
    this.driver.send({ type: 'DISCONNECTED', registration })
  }
}

/** Why what is to be seen now breaks a law; undefined when it does not. */
function broken(watcher: Watcher, wasPending: number | undefined): string | undefined {
  const { driver } = watcher
  const { served, report } = driver
  for (const { event } of driver.heard.splice(0))
    if ('state' in event) {
      const { activation, digest, revision: of } = event.state
      const said = `${of} ${digest}`
      if ((watcher.named.get(activation) ?? said) !== said)
        return `activation ${activation} names two generations`
      watcher.named.set(activation, said)
      if (event.event === 'change' && activation < watcher.activation)
        return 'a change with a lower activation'
    }
  if (served === undefined) return undefined
  const said = `${served.revision} ${served.digest}`
  if ((watcher.named.get(served.activation) ?? said) !== said) return 'one activation, two generations'
  watcher.named.set(served.activation, said)
  if (served.digest !== generation(served.revision).digest) return 'a mix of two revisions is served'
  if (served.activation < watcher.activation) return 'the activation number fell'
  if (!watcher.allowed.has(served.digest)) return 'a generation that was never to be activated is served'
  if (driver.disk.active?.activation !== served.activation) return 'what is served is not what is on disk'
  const isNew = served.activation > watcher.activation
  if (isNew && served.revision < watcher.revision && report.fallback === null)
    return 'backward without a word'
  if (isNew) watcher.dead.clear()
  watcher.activation = served.activation
  watcher.revision = served.revision
  const { active } = driver.state.record
  if (active?.outcome !== 'applied') return undefined
  watcher.applied.add(active.digest)
  if (wasPending !== active.activation) return undefined
  return owing(watcher, active.activation)
}

/** Whoever still owes when the node says applied. */
function owing(watcher: Watcher, activation: number): string | undefined {
  // Who came while the verdict was on its way to the disk met a question that had been answered.
  if (watcher.driver.holding) return undefined
  for (const [key, connection] of watcher.connected)
    if (connection.acked !== activation) return `applied, but ${key} owes`
  for (const [process, count] of watcher.dead) if (count > 0) return `applied, but ${process} died owing`
  return undefined
}

test('any interleaving keeps the laws of activation', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), commands => {
        const watcher = new Watcher()
        for (const step of commands) {
          watcher.take(step)
          const reason = broken(watcher, undefined)
          if (reason !== undefined) throw new Error(reason)
        }
      }),
      { numRuns: 1500 },
    ),
  )
})

test('with a disk that answers at once, applied means that every debt ended well', t => {
  let seen = 0
  fc.assert(
    fc.property(fc.array(conversation, { minLength: 40, maxLength: 120 }), commands => {
      const watcher = new Watcher()
      while (watcher.driver.held.length > 0) watcher.driver.release()
      watcher.driver.holding = false
      for (const step of commands as Command[]) {
        const { active } = watcher.driver.state.record
        const pending = active?.outcome === 'pending' ? active.activation : undefined
        watcher.take(step)
        const now = watcher.driver.state.record.active
        if (pending !== undefined && now?.activation === pending && now.outcome === 'applied') seen++
        const reason = broken(watcher, pending)
        if (reason !== undefined) throw new Error(reason)
      }
    }),
    { numRuns: 600 },
  )
  t.true(seen > 100, 'the law was hardly tested')
})

test('a crash at any moment restarts from one truth: what was applied before, under a number never used', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(command, { minLength: 10, maxLength: 60 }), commands => {
        const watcher = new Watcher()
        for (const step of commands) {
          watcher.take(step)
          broken(watcher, undefined)
          const { driver } = watcher
          const restarted = new GroupDriver()
          restarted.disk = driver.disk
          for (const digest of driver.stored) restarted.stored.add(digest)
          for (const digest of driver.damaged) restarted.damaged.add(digest)
          restarted.crash()
          const { served, report } = restarted
          if (served === undefined) continue
          if (!watcher.applied.has(served.digest)) throw new Error('a restart serves what was never applied')
          const before = driver.disk.active
          if (before?.activation === served.activation) {
            if (before.digest !== served.digest) throw new Error('a number with two generations')
          } else if (watcher.named.has(served.activation)) throw new Error('a number was used again')
          else if (report.fallback === null) throw new Error('a fallback without a word')
        }
      }),
      { numRuns: 400 },
    ),
  )
})

test('once faults end and central stays, the node runs what is committed or says why not', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), commands => {
        const watcher = new Watcher()
        for (const step of commands) watcher.take(step)
        const { driver } = watcher
        while (driver.held.length > 0) driver.release()
        driver.holding = false
        driver.damaged.clear()
        driver.send({ type: 'LINK_UP' })
        watcher.take({ do: 'commit', revision: watcher.committed } as Command)
        for (let rounds = 0; rounds < 20; rounds++) driver.pass(30_000)
        const { progress, active, digest } = driver.report
        const wanted = generation(watcher.committed)
        if (progress?.phase === 'applied' && active === wanted.revision && digest === wanted.digest) return
        if (progress?.phase === 'rejected' && (progress.reason ?? '') !== '') return
        throw new Error(`neither there nor a reason: ${JSON.stringify(driver.report)}`)
      }),
      { numRuns: 800 },
    ),
  )
})
