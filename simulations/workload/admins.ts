import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Caller, Control } from '../../runtime/engine/control.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type Ask, askOf } from './ask-of.ts'
import { growLarge } from './bulk.ts'
import { contend, raiseAlarm, writeFromOldState } from './contend.ts'
import type { Deed } from './deed.ts'
import { describeDeed } from './describe-deed.ts'
import { askTwice, comeAgain, comeLate, type Hands, redeclare, rejoin, type Repetition } from './odd-deeds.ts'
import { type KeyOperation, RegisterRaces } from './register-race.ts'

/** Between two tries of one request, and how many there are. */
const RETRY_MS = 700
const TRIES_MAX = 100

/** An answer within so long surprises nobody. */
const SOON_MS = 1_000

type Outcome = Pick<Answer, 'job' | 'index' | 'refusal'>

/** What became of one deed, as the one who did it knows. */
export interface Answer {
  readonly deed: Deed
  readonly askedAtMs: number
  readonly answeredAtMs: number
  /** The job that it became. */
  readonly job?: string
  /** `TIMELINE-SEQ` of the record that accepted it. */
  readonly index?: string
  /** Why it was refused; `KONOR_CLI_UNREACHABLE` leaves open whether it happened. */
  readonly refusal?: string
}

/** Asks as patiently as the deed is; `part` tells its requests apart. */
export type AskUntilAnswered = (deed: Deed, ask: Ask, part?: string) => Promise<unknown>

/** Does the deeds of a plan, each at its time, beside one another. */
export class Admins {
  readonly answers: Answer[] = []
  readonly repetitions: Repetition[] = []
  readonly #cluster: Cluster
  readonly #races: RegisterRaces
  readonly #hands: Hands
  readonly #tokens: string[] = []
  #underWay = 0
  #isOver = false

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    const ask: AskUntilAnswered = (deed, work, part) => this.#ask(deed, work, part)
    this.#races = new RegisterRaces(cluster, ask)
    this.#hands = { cluster, ask, wait: ms => this.#wait(ms) }
  }

  /** What admins asked of keys that they raced for, and got. */
  get operations(): readonly KeyOperation[] {
    return this.#races.operations
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
    const who = deed.by ?? 'admin'
    world.tell(who, describeDeed(deed), 'turn')
    this.#underWay++
    const outcome = await this.#outcome(deed)
    this.#underWay--
    this.answers.push({ deed, askedAtMs, answeredAtMs: world.nowMs, ...outcome })
    this.#tellAnswer(who, deed, askedAtMs, outcome)
  }

  /** That a job was accepted is told of the journal; here, when its admin had to wait for that, or heard it never. */
  #tellAnswer(who: string, { id }: Deed, askedAtMs: number, { job, refusal }: Outcome): void {
    const { world } = this.#cluster
    if (refusal !== undefined) world.tell(who, `${id} was refused: ${refusal}`)
    else if (world.nowMs - askedAtMs > SOON_MS)
      world.tell(who, `${id} was answered${job === undefined ? '' : `: job ${job}`}`)
    else world.trace.note(world.nowMs, `${id} ${job ?? ''}`, who)
  }

  async #outcome(deed: Deed): Promise<Outcome> {
    try {
      const answer = await this.#perform(deed)
      return isJob(answer) ? { job: answer.id, index: answer.index } : {}
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
      case 'race':
        return this.#races.race(deed)
      case 'twice':
        return askTwice(this.#hands, deed).then(repetition => void this.repetitions.push(repetition))
      case 'late-token':
        return comeLate(this.#hands, deed)
      case 'join-again':
        return comeAgain(this.#hands, deed)
      case 'rejoin':
        return rejoin(this.#hands, deed)
      case 'delete-group':
        return redeclare(this.#hands, deed)
      case 'bulk':
        return growLarge(this.#hands, deed)
      case 'contend':
        return contend(this.#hands, deed)
      case 'old-write':
        return writeFromOldState(this.#hands, deed)
      case 'alarm':
        return raiseAlarm(this.#hands, deed)
      default:
        return this.#ask(deed, askOf(deed))
    }
  }

  async #ask(deed: Deed, ask: Ask, part = ''): Promise<unknown> {
    const key = deed.id + part
    const caller: Caller = {
      principal: `key/${deed.by ?? 'admin'}`,
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
    const program = one?.program
    let isStopped = false
    void one?.stop().then(() => (isStopped = true))
    await this.#wait(deed.forMs)
    // One that stands still ends only when it goes on: it is started when it has.
    for (let tries = 1; tries < TRIES_MAX && !isStopped && one?.program === program; tries++)
      await this.#wait(RETRY_MS)
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

function isJob(
  answer: unknown,
): answer is { readonly id: string; readonly plan: object; readonly index: string } {
  return typeof answer === 'object' && answer !== null && 'id' in answer && 'plan' in answer
}
