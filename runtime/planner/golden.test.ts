import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ResolvedPolicy } from '../../actors/vocabulary/group-plan.ts'
import { type DeclaredPolicy, resolvePolicy } from '../../policies/resolve-policy.ts'
import type { Entries, ManifestDocument } from '../manifest/manifest-document.ts'
import { compilePlan } from './compile-plan.ts'
import { digestsNeeded, digestsOfGroup } from './digests-needed.ts'
import type { Head, ObservedGroup, PinVector } from './observed.ts'
import { planRetry } from './plan-retry.ts'
import { planRollback } from './plan-rollback.ts'
import type { Compiled } from './planning.ts'
import { renderPlan } from './render-plan.ts'
import { scopeOf } from './scope-of.ts'

/**
 * Golden traces: each file tells a story in commands; below each `----` stands what the planner answers. The
 * commands:
 *
 *   declare PATH {json} | remove PATH                                  go into the job
 *   define GROUP policy=P sets=A,B | policy NAME USES {json}            go into the job
 *   compile | rollback GROUP REVISION | retry GROUP [PATHS]             answer the plan
 *   commit | fail              what became of the last plan; `fail` takes it back
 *
 * To accept new output: `KONOR_ACCEPT=1 npx ava build/runtime/planner/golden.test.js`, then read the
 * difference.
 */
const FOLDER = join('runtime', 'planner', 'golden')
const ORIGIN = { file: 'golden', line: 1 }

for (const file of readdirSync(FOLDER).sort()) {
  test(`golden trace ${file}`, t => {
    const path = join(FOLDER, file)
    const expected = readFileSync(path, 'utf8')
    const found = replay(expected)
    if (process.env['KONOR_ACCEPT'] === '1') writeFileSync(path, found)
    t.is(found, process.env['KONOR_ACCEPT'] === '1' ? found : expected)
  })
}

/**
 * Runs the commands of every block and puts their answers where the old ones stood. Comments and story stay.
 */
function replay(text: string): string {
  const world = new World()
  const blocks = text.split('\n\n').filter(block => block.trim() !== '')
  const replayed = blocks.map(block => {
    const [script = ''] = block.split('\n----')
    const commands = script.split('\n').filter(line => line !== '' && !line.startsWith('#'))
    if (commands.length === 0) return script.trimEnd()
    const answers = commands.map(line => world.run(line)).filter(answer => answer !== '')
    return `${script.trimEnd()}\n----\n${answers.length === 0 ? 'ok' : answers.join('\n')}`
  })
  return `${replayed.join('\n\n')}\n`
}

class World {
  readonly #entries = new Map<Digest, Entries>()
  #heads: Record<string, Head> = {}
  #groups: Record<string, ObservedGroup> = {}
  readonly #policies: Record<string, ResolvedPolicy> = { ...builtIn('strong'), ...builtIn('eventual') }
  readonly #committed = new Map<string, PinVector>()
  #documents: ManifestDocument[] = []
  #removed: string[] = []
  #last: Compiled | undefined

  run(line: string): string {
    const [verb = '', subject = '', ...rest] = line.split(' ')
    const argument = rest.join(' ')
    try {
      return this.#verb(verb, subject, argument)
    } catch (thrown) {
      if (!isKonorError(thrown)) throw thrown
      this.#documents = []
      this.#removed = []
      return `${thrown.code}: ${thrown.message}`
    }
  }

  #verb(verb: string, subject: string, argument: string): string {
    const observed = { heads: this.#heads, groups: this.#groups, policies: this.#policies }
    switch (verb) {
      case 'declare':
        return this.#add({
          kind: 'ConfigSet',
          path: subject,
          entries: json(argument),
          labels: {},
          origin: ORIGIN,
        })
      case 'define': {
        const [policy = '', sets = ''] = argument.split(' ').map(part => part.slice(part.indexOf('=') + 1))
        return this.#add({
          kind: 'Group',
          name: subject,
          policy,
          sets: sets.split(','),
          labels: {},
          origin: ORIGIN,
        })
      }
      case 'policy': {
        const [uses = '', ...parameters] = argument.split(' ')
        const document = { name: subject, uses, with: json(parameters.join(' ')), labels: {}, origin: ORIGIN }
        return this.#add({ kind: 'Policy', ...document })
      }
      case 'remove':
        this.#removed.push(subject)
        return ''
      case 'compile': {
        const desired = { documents: this.#documents, removed: this.#removed, touched: [], relayered: [] }
        return this.#show(compilePlan(desired, observed, this.#only(digestsNeeded(desired, observed))))
      }
      case 'rollback': {
        const vector = this.#committed.get(`${subject} ${argument}`) ?? { sets: [], pins: {} }
        const entriesOf = this.#only(digestsOfGroup(subject, observed, vector))
        return this.#show(
          planRollback(subject, { ...vector, revision: Number(argument) }, observed, entriesOf),
        )
      }
      case 'retry': {
        const paths = argument === '' ? undefined : argument.split(',')
        return this.#show(planRetry(subject, paths, observed, this.#only(digestsOfGroup(subject, observed))))
      }
      case 'commit':
      case 'fail':
        return this.#settle(verb === 'commit')
      default:
        throw new Error(`no such command: ${verb}`)
    }
  }

  #add(document: ManifestDocument): string {
    this.#documents.push(document)
    return ''
  }

  #show(compiled: Compiled): string {
    this.#last = compiled
    return `${renderPlan(compiled)}\n  locks ${scopeOf(compiled.plan).join(' ') || 'none'}`
  }

  /** Only what was said to be needed is at hand: the planner must not ask for more. */
  #only(digests: readonly Digest[]): (digest: Digest) => Entries | undefined {
    return digest => (digests.includes(digest) ? this.#entries.get(digest) : undefined)
  }

  #settle(committed: boolean): string {
    const plan = this.#last?.plan
    for (const { path, version, digest } of plan?.heads ?? []) {
      this.#heads[path] = digest === null ? { version, tombstone: true } : { version, digest }
    }
    for (const document of this.#documents) this.#declare(document)
    for (const { group, generation, sets, pins } of plan?.groups ?? []) {
      const before = this.#groups[group]
      if (before === undefined) throw new Error(`no group ${group}`)
      const { revision, digest } = generation
      const taken = {
        ...before,
        lastRevision: revision,
        committed: { revision, digest, sets, pins },
        current: { sets, pins },
      }
      // Taking back is itself a revision, with the vector of what was committed.
      this.#groups[group] = committed ? taken : { ...before, lastRevision: revision + 1 }
      if (committed) this.#committed.set(`${group} ${revision}`, { sets, pins })
    }
    this.#documents = []
    this.#removed = []
    this.#last = undefined
    return ''
  }

  #declare(document: ManifestDocument): void {
    switch (document.kind) {
      case 'ConfigSet':
        this.#entries.set(digestOf(document.entries), document.entries)
        return
      case 'Policy':
        Object.assign(this.#policies, resolved(document))
        return
      case 'Group': {
        const before = this.#groups[document.name]
        const none = { committed: null, current: { sets: [], pins: {} }, lastRevision: 0 }
        this.#groups[document.name] = { ...none, ...before, sets: document.sets, policy: document.policy }
      }
    }
  }
}

function json(text: string): Readonly<Record<string, CborValue>> {
  return JSON.parse(text) as Record<string, CborValue>
}

function builtIn(name: string): Record<string, ResolvedPolicy> {
  return resolved({ name, uses: name, with: {} })
}

function resolved(declared: DeclaredPolicy): Record<string, ResolvedPolicy> {
  const policy = resolvePolicy(declared)
  return policy === undefined ? {} : { [declared.name]: policy }
}
