import type { Control } from '../../runtime/engine/control.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { AskUntilAnswered } from './admins.ts'
import type { Deed } from './deed.ts'

type Of<Kind extends Deed['kind']> = Extract<Deed, { readonly kind: Kind }>

export interface Hands {
  readonly cluster: Cluster
  readonly ask: AskUntilAnswered
  wait(ms: number): Promise<void>
}

/** Least life of a token. */
const TOKEN_MS = 1_000

/** A node that comes too late: nobody lets it in. */
export async function comeLate({ cluster, ask, wait }: Hands, deed: Of<'late-token'>): Promise<void> {
  const { node, group, forMs } = deed
  const { token } = (await ask(deed, (control, caller) =>
    control.createToken(group, { uses: 1, expiresInMs: TOKEN_MS }, caller),
  )) as Awaited<ReturnType<Control['createToken']>>
  await wait(TOKEN_MS + forMs)
  cluster.addNode({ name: node, groups: [group], processes: [] }, [token])
}

/** A machine that claims a name which another has. */
export async function comeAgain({ cluster, ask }: Hands, deed: Of<'join-again'>): Promise<void> {
  const { node, group } = deed
  const { token } = (await ask(deed, (control, caller) =>
    control.createToken(group, { uses: 1 }, caller),
  )) as Awaited<ReturnType<Control['createToken']>>
  cluster.addNode({ name: node, groups: [group], processes: [] }, [token], `twin-${deed.id}`)
}

/** Removes a node, and sets its machine up anew, with an empty disk and new tokens. */
export async function rejoin({ cluster, ask, wait }: Hands, deed: Of<'rejoin'>): Promise<void> {
  const plan = cluster.topology.nodes.find(({ name }) => name === deed.node)
  if (plan === undefined) return
  await ask(deed, (control, caller) => control.removeNode(deed.node, caller), 'remove')
  cluster.losePower(deed.node)
  await wait(deed.forMs)
  const tokens: string[] = []
  for (const group of plan.groups) {
    const made = (await ask(
      deed,
      (control, caller) => control.createToken(group, { uses: 1 }, caller),
      group,
    )) as Awaited<ReturnType<Control['createToken']>>
    tokens.push(made.token)
  }
  cluster.addNode(plan, tokens)
}

/** Deletes a group and declares it again, as it was at the beginning. */
export async function redeclare({ cluster, ask, wait }: Hands, deed: Of<'delete-group'>): Promise<void> {
  const plan = cluster.topology.groups.find(({ name }) => name === deed.group)
  if (plan === undefined) return
  await ask(deed, (control, caller) => control.remove('group', deed.group, undefined, caller), 'delete')
  await wait(deed.forMs)
  const { name, sets } = plan
  const manifest = JSON.stringify({
    apiVersion: 'konorkestra/v1',
    kind: 'Group',
    metadata: { name },
    spec: { sets, policy: `p-${name}` },
  })
  await ask(
    deed,
    (control, caller) => control.apply([{ file: deed.id, text: manifest }], {}, caller),
    'again',
  )
}

/** What came back for one request that was sent twice, and for another one under the same key. */
export interface Repetition {
  readonly deed: string
  readonly jobs: readonly (string | undefined)[]
  /** Codes of what was refused of the two. */
  readonly refusals: readonly (string | undefined)[]
  /** Code with which the other request was refused; undefined when it was let through or nobody answered. */
  readonly other: string | undefined
}

export async function askTwice({ ask, wait }: Hands, deed: Of<'twice'>): Promise<Repetition> {
  const change = (value: number) => ({ path: deed.path, set: { left: value, right: value }, remove: [] })
  const refusals: (string | undefined)[] = []
  const once = async (delayMs: number): Promise<string | undefined> => {
    await wait(delayMs)
    const answer = await ask(deed, (control, caller) =>
      control.changeEntries(change(deed.value), caller),
    ).catch((error: unknown) => void refusals.push((error as { readonly code?: string }).code))
    return (answer as { readonly id?: string } | undefined)?.id
  }
  const jobs = await Promise.all([once(0), once(deed.gapMs)])
  const other = await ask(deed, (control, caller) =>
    control.changeEntries(change(-1), { ...caller, requestDigest: OTHER_DIGEST }),
  ).then(
    () => undefined,
    (error: unknown) => (error as { readonly code?: string }).code,
  )
  return { deed: deed.id, jobs, refusals, other }
}

const OTHER_DIGEST = 'f'.repeat(64) as NonNullable<Parameters<Control['freeze']>[0]['requestDigest']>
