import type { Caller, Control } from '../../runtime/engine/control.ts'
import type { Prepared } from '../../runtime/engine/leader.ts'
import { prepareEntries } from '../../runtime/engine/prepare-apply.ts'
import type { Deed } from './deed.ts'
import type { Hands } from './odd-deeds.ts'
import type { Wish } from './contention.ts'

type Of<Kind extends Deed['kind']> = Extract<Deed, { readonly kind: Kind }>

/** Where writers who come with old inputs write: no group layers it. */
const OLD_PATH = '/old'
/** How long after the freeze a group is tried again. */
const RETRY_AFTER_MS = 100

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
  await Promise.allSettled([...deed.wishes.map((wish, index) => change(hands, deed, wish, index)), freeze()])
}

async function change({ ask, wait }: Hands, deed: Of<'contend'>, wish: Wish, index: number): Promise<void> {
  await wait(wish.waitMs)
  const sources = [{ file: deed.id, text: manifestOf(wish) }]
  const job = await ask(deed, (control, caller) => control.apply(sources, {}, caller), `w${index}`)
  if (index !== deed.cancels) return
  const { id } = job as Awaited<ReturnType<Control['apply']>>
  await wait(deed.cancelMs)
  await ask(deed, (control, caller) => control.cancelJob(id, 'abort-and-observe', caller), 'cancel')
}

function manifestOf({ paths, value, behave }: Wish): string {
  const entries = { left: value, right: value, ...(behave === 'accept' ? {} : { behave }) }
  return paths
    .map(path => ({ apiVersion: 'konorkestra/v1', kind: 'ConfigSet', metadata: { path }, spec: { entries } }))
    .map(document => `---\n${JSON.stringify(document)}\n`)
    .join('')
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

/** Ends the making of an input that is kept for later. */
class OnlyMade extends Error {}
