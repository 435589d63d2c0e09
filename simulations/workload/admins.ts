import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Caller, Control } from '../../runtime/engine/control.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type Deed, describeDeed } from './deed.ts'

/** Between two tries of one request, and how many there are. */
const RETRY_MS = 700
const TRIES_MAX = 100

/** What became of one deed, as the one who did it knows. */
export interface Answer {
  readonly deed: Deed
  readonly askedAtMs: number
  readonly answeredAtMs: number
  /** The job that it became. */
  readonly job?: string
  /** Why it was refused; `KONOR_CLI_UNREACHABLE` leaves open whether it happened. */
  readonly refusal?: string
}

type Ask = (control: Control, caller: Caller) => Promise<unknown>

/** Does the deeds of a plan, each at its time, beside one another. */
export class Admins {
  readonly answers: Answer[] = []
  readonly #cluster: Cluster
  readonly #tokens: string[] = []
  #underWay = 0
  #isOver = false

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Deeds that are not answered yet. */
  get underWay(): number {
    return this.#underWay
  }

  schedule(deeds: readonly Deed[]): void {
    for (const deed of deeds)
      this.#cluster.world.after(deed.atMs, () => {
        if (!this.#isOver) void this.#do(deed)
      })
  }

  /** Nothing new is begun. */
  stop(): void {
    this.#isOver = true
  }

  async #do(deed: Deed): Promise<void> {
    const { world } = this.#cluster
    const askedAtMs = world.nowMs
    world.tell('admin', describeDeed(deed))
    this.#underWay++
    const outcome = await this.#outcome(deed)
    this.#underWay--
    this.answers.push({ deed, askedAtMs, answeredAtMs: world.nowMs, ...outcome })
    world.tell(
      'admin',
      `${deed.id} ${'refusal' in outcome ? `refused: ${outcome.refusal}` : `accepted ${outcome.job ?? ''}`}`,
    )
  }

  async #outcome(deed: Deed): Promise<{ job?: string } | { refusal: string }> {
    try {
      const answer = await this.#perform(deed)
      return isJob(answer) ? { job: answer.id } : {}
    } catch (error) {
      return { refusal: isKonorError(error) ? error.code : `not an error of the product: ${String(error)}` }
    }
  }

  #perform(deed: Deed): Promise<unknown> {
    switch (deed.kind) {
      case 'leave':
      case 'stop-process':
        return this.#operate(deed)
      case 'join-node':
        return this.#join(deed)
      case 'freeze':
        return this.#freeze(deed)
      case 'revoke-token':
        return this.#revoke(deed)
      default:
        return this.#ask(deed, askOf(deed))
    }
  }

  async #ask(deed: Deed, ask: Ask, part = ''): Promise<unknown> {
    const key = deed.id + part
    const caller: Caller = {
      principal: 'key/admin',
      scopes: ['admin'],
      idempotencyKey: key,
      requestDigest: digestOf(key),
    }
    for (let tries = 1; ; tries++) {
      try {
        return await this.#cluster.central.request(this.#cluster.admin, control => ask(control, caller))
      } catch (error) {
        const mayWork = isKonorError(error) && error.spec.retryable
        if (!mayWork || deed.patience === 'asks-once' || tries >= TRIES_MAX) throw error
        await this.#wait(RETRY_MS)
      }
    }
  }

  async #operate(deed: Extract<Deed, { kind: 'leave' | 'stop-process' }>): Promise<void> {
    const one =
      deed.kind === 'leave' ? this.#cluster.agents.get(deed.node) : this.#cluster.processes.get(deed.process)
    void one?.stop()
    await this.#wait(deed.forMs)
    one?.start()
  }

  async #join(deed: Extract<Deed, { kind: 'join-node' }>): Promise<void> {
    const tokens: string[] = []
    for (const group of deed.groups) {
      const made = await this.#ask(
        deed,
        (control, caller) => control.createToken(group, { uses: 1 }, caller),
        group,
      )
      const { id, token } = made as Awaited<ReturnType<Control['createToken']>>
      this.#tokens.push(id)
      tokens.push(token)
    }
    const processes = deed.groups.map(group => ({ name: `${group}-app`, group }))
    this.#cluster.addNode({ name: deed.node, groups: deed.groups, processes }, tokens)
  }

  async #freeze(deed: Extract<Deed, { kind: 'freeze' }>): Promise<void> {
    await this.#ask(deed, (control, caller) => control.freeze(caller), 'freeze')
    await this.#wait(deed.forMs)
    await this.#ask({ ...deed, patience: 'asks-again' }, (control, caller) => control.thaw(caller), 'thaw')
  }

  async #revoke(deed: Extract<Deed, { kind: 'revoke-token' }>): Promise<void> {
    const id = this.#tokens[Math.floor(deed.which * this.#tokens.length)]
    if (id !== undefined) await this.#ask(deed, (control, caller) => control.revokeToken(id, caller))
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => this.#cluster.admin.later(ms, resolve))
  }
}

type Asked = Exclude<Deed, { kind: 'leave' | 'stop-process' | 'join-node' | 'freeze' | 'revoke-token' }>

function askOf(deed: Asked): Ask {
  switch (deed.kind) {
    case 'change':
      return (control, caller) =>
        control.changeEntries({ path: deed.path, set: entriesOf(deed), remove: [] }, caller)
    case 'apply':
      return (control, caller) => control.apply([{ file: deed.id, text: manifestOf(deed) }], {}, caller)
    case 'remove-key':
      return (control, caller) =>
        control.changeEntries({ path: deed.path, set: {}, remove: ['behave'] }, caller)
    case 'rollback':
      return (control, caller) =>
        control.rollback(deed.group, earlier(control, deed.group, deed.back), caller)
    case 'control':
      return (control, caller) => control.rollout(deed.group, deed.action, caller)
    case 'cancel':
      return (control, caller) => {
        const { items } = control.jobs({ limit: 20 })
        return control.cancelJob(
          items[Math.floor(deed.which * items.length)]?.id ?? 'none',
          deed.mode,
          caller,
        )
      }
    case 'drain':
      return (control, caller) => control.drainNode(deed.node, caller)
    case 'remove-node':
      return (control, caller) => control.removeNode(deed.node, caller)
  }
}

/** `left` and `right` of one path are always written together: whoever reads two different ones read a mix. */
function entriesOf({ value, behave, sizeBytes }: Extract<Deed, { kind: 'change' }>) {
  return { left: value, right: value, behave, filler: 'x'.repeat(sizeBytes) }
}

function manifestOf({ paths, value }: Extract<Deed, { kind: 'apply' }>): string {
  return paths
    .map(path => {
      const entries = { left: value, right: value }
      return `---\n${JSON.stringify({ apiVersion: 'konorkestra/v1', kind: 'ConfigSet', metadata: { path }, spec: { entries } })}\n`
    })
    .join('')
}

function earlier(control: Control, group: string, back: number): number | undefined {
  return back === 0 ? undefined : control.groupRevisions(group, { limit: 10 }).items[back]?.revision
}

function isJob(answer: unknown): answer is { readonly id: string; readonly plan: object } {
  return typeof answer === 'object' && answer !== null && 'id' in answer && 'plan' in answer
}
