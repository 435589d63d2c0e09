import type { Caller, Control } from '../../runtime/engine/control.ts'
import type { Prepared } from '../../runtime/engine/leader.ts'
import { prepareEntries } from '../../runtime/engine/prepare-apply.ts'
import { webhooksOf } from '../cluster/simulated-receiver.ts'
import type { Deed } from './deed.ts'
import type { Hands } from './odd-deeds.ts'
import type { Wish } from './contention.ts'

type Of<Kind extends Deed['kind']> = Extract<Deed, { readonly kind: Kind }>

/** Where writers who come with old inputs write: no group layers it. */
const OLD_PATH = '/old'
/** How long after the freeze a group is tried again. */
const RETRY_AFTER_MS = 100
/** How long a group layers what is not its own. */
const RELAYERED_MS = 2_500
/** Who may do nothing, and whom nobody obeys. */
export const STRANGER = 'key/stranger'

/** Many changes at once, a cancellation, a freeze and a retry among them. What is refused has its reasons. */
export async function contend(hands: Hands, deed: Of<'contend'>): Promise<void> {
  const { ask, wait } = hands
  const freeze = async (): Promise<void> => {
    const { freezeAfterMs, freezeForMs, retry } = deed
    await wait(freezeAfterMs)
    if (freezeForMs === 0) return
    await ask(deed, (control, caller) => control.freeze(caller), 'freeze')
    await wait(RETRY_AFTER_MS)
    await ask(deed, (control, caller) => control.rollout(retry, 'retry', caller), 'retry').catch(() => {})
    await wait(freezeForMs)
    await ask(deed, (control, caller) => control.thaw(caller), 'thaw')
  }
  const wishes = deed.wishes.map((wish, index) => change(hands, deed, wish, index))
  await Promise.allSettled([...wishes, freeze(), relayer(hands, deed), trespass(hands)])
}

/** A group takes what another layers, while jobs wait that were asked for before; and goes back to its own. */
async function relayer({ cluster, ask, wait }: Hands, deed: Of<'contend'>): Promise<void> {
  const { relayers, relayersAfterMs } = deed
  const [one, other] = (relayers ?? []).map(group =>
    cluster.topology.groups.find(({ name }) => name === group),
  )
  if (one === undefined || other === undefined) return
  const declares = (sets: readonly string[], part: string): Promise<unknown> => {
    const text = documentOf('Group', { name: one.name }, { sets, policy: `p-${one.name}` })
    return ask(deed, (control, caller) => control.apply([{ file: deed.id, text }], {}, caller), part)
  }
  await wait(relayersAfterMs)
  await declares([...new Set([...one.sets, ...other.sets])], 'relayer').catch(() => undefined)
  await wait(RELAYERED_MS)
  await declares(one.sets, 'own')
}

/** Somebody who may do nothing tries to. */
async function trespass({ cluster }: Hands): Promise<void> {
  // Where several share a log, each request more goes to another of them.
  if (cluster.central.all.length > 1) return
  const stranger: Caller = { principal: STRANGER, scopes: [] }
  const change = { path: OLD_PATH, set: { by: STRANGER }, remove: [] }
  await cluster.central.request(cluster.admin, control => control.changeEntries(change, stranger))
}

async function change({ ask, wait }: Hands, deed: Of<'contend'>, wish: Wish, index: number): Promise<void> {
  await wait(wish.waitMs)
  const sources = [{ file: deed.id, text: manifestOf(wish) }]
  const job = await ask(
    deed,
    async (control, caller) => {
      const planned = wish.isPlanned ? await control.plan(sources, caller) : undefined
      const options = planned === undefined ? {} : { planDigest: planned.digest }
      return control.apply(sources, options, caller)
    },
    `w${index}`,
  )
  if (index !== deed.cancels) return
  const { id } = job as Awaited<ReturnType<Control['apply']>>
  await wait(deed.cancelMs)
  await ask(deed, (control, caller) => control.cancelJob(id, 'abort-and-observe', caller), 'cancel')
}

function manifestOf({ paths, value, behave }: Wish): string {
  const entries = { left: value, right: value, ...(behave === 'accept' ? {} : { behave }) }
  return paths.map(path => documentOf('ConfigSet', { path }, { entries })).join('')
}

function documentOf(kind: string, metadata: object, spec: object): string {
  return `---\n${JSON.stringify({ apiVersion: 'konorkestra/v1', kind, metadata, spec })}\n`
}

/**
 * Makes inputs from the state as it is and hands them in later, as whoever prepares elsewhere than in the fold would:
 * the fold alone must find out which of them are too late.
 */
export async function writeFromOldState(hands: Hands, deed: Of<'old-write'>): Promise<void> {
  const { cluster, wait } = hands
  const made: Prepared[] = []
  const leading = () => cluster.central.composed?.leader
  const asAdmin = (work: () => Promise<unknown>): Promise<unknown> =>
    cluster.central.request(cluster.admin, work).catch(() => undefined)
  for (let index = 0; index < deed.writers; index++) {
    const id = `${deed.id}-${index}`
    const caller: Caller = { principal: 'key/admin', scopes: ['admin'] }
    const request = { id, caller, action: 'config.change', options: {} }
    const change = { path: OLD_PATH, set: { by: id }, remove: [] }
    await asAdmin(async () =>
      leading()?.submit(preparation => {
        made.push(prepareEntries(preparation, request, change))
        throw new OnlyMade()
      }),
    )
  }
  const handIn = async (prepared: Prepared, index: number): Promise<void> => {
    await wait((deed.gapMs * index) / deed.writers)
    await asAdmin(async () => leading()?.submit(() => prepared))
  }
  await Promise.all(made.map(handIn))
}

/** As whoever watches the health of nodes would; central finds soon that it is over. */
export async function raiseAlarm({ cluster }: Hands, { node }: Of<'alarm'>): Promise<void> {
  const { central, admin, topology } = cluster
  const body = {
    change: 'raise',
    kind: 'flapping',
    subject: `node/${node}`,
    severity: 'warning',
    summary: 'as if it came and went',
    evidence: {},
    targets: webhooksOf(topology.receivers ?? 0).map(({ id }) => id),
  }
  const input = { route: 'alert', by: 'system', scopes: ['system'], body }
  await central.request(admin, async () => central.composed?.leader.submitFact(input)).catch(() => undefined)
}

/** Ends the making of an input that is kept for later. */
class OnlyMade extends Error {}
