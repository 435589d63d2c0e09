import type { Deed, DeedKind } from './deed.ts'

type Sentence<Kind extends DeedKind> = (deed: Extract<Deed, { readonly kind: Kind }>) => string

const SENTENCES: { readonly [Kind in DeedKind]?: Sentence<Kind> } = {
  change: ({ path, value, behave, sizeBytes }) =>
    `changes ${path} to value ${value}${taken(behave)}${sizeBytes > 1_000 ? `, ${sizeBytes} bytes` : ''}`,
  apply: ({ paths, value }) => `applies a file that sets ${paths.join(' and ')} to value ${value}`,
  'remove-key': ({ path }) => `removes a key from ${path}`,
  rollback: ({ group, back }) =>
    `rolls ${group} back${back === 0 ? '' : ` to the ${ordinal(back)} revision before`}`,
  control: ({ group, action }) => `asks to ${action} the rollout of ${group}`,
  cancel: ({ mode }) => `cancels a job (${mode})`,
  freeze: ({ forMs }) => `freezes the cluster, to thaw it after ${Number((forMs / 1_000).toFixed(1))} s`,
  drain: ({ node }) => `drains ${node}`,
  'remove-node': ({ node }) => `removes ${node}`,
  'join-node': ({ node, groups }) => `adds ${node} to ${groups.join(' and ')}`,
  leave: ({ node }) => `stops the agent of ${node} for a while`,
  'revoke-token': () => 'revokes a token',
  'stop-process': ({ process }) => `stops ${process} for a while`,
  race: ({ key, admins }) => `${admins} admins race for the key ${key}`,
  twice: ({ path, value }) => `changes ${path} to value ${value}, and sends the request twice`,
  'late-token': ({ node, group }) => `adds ${node} to ${group} with a token that is past its time`,
  'join-again': ({ node }) => `sets another machine up under the name of ${node}`,
  rejoin: ({ node }) => `removes ${node}, and sets its machine up anew`,
  'delete-path': ({ path }) => `deletes ${path}`,
  'delete-group': ({ group }) => `deletes ${group}, and declares it again`,
  bulk: ({ path, sizeBytes, group, node }) =>
    `makes ${path} ${sizeBytes} bytes large, and lets somebody on ${node} read ${group} piece by piece`,
  contend: ({ wishes, freezeAfterMs }) =>
    `and others want ${wishes.map(({ paths, value }) => `${paths.join(' and ')} at value ${value}`).join(', ')}, all at once` +
    (freezeAfterMs > 0 ? ', and the cluster is frozen meanwhile' : ''),
  'old-write': ({ writers }) => `and others, ${writers} in all, write from one and the same old state`,
  'retry-job': () => 'asks for a job to be tried again',
}

/** What processes make of a value, by what it says. */
const TAKEN: Readonly<Record<string, string>> = {
  reject: 'refuse',
  'refuse-to-prepare': 'refuse when asked beforehand',
  hang: 'never answer to',
  crash: 'crash on',
  'crash-loop': 'crash on whenever they read it',
  'crash-later': 'take and die of a while later, again and again',
}

/** A deed as a story tells it: what the admin does. */
export function describeDeed(deed: Deed): string {
  const { id, atMs: _, patience: __, by: ___, kind, ...detail } = deed
  const sentence = SENTENCES[kind] as ((deed: Deed) => string) | undefined
  if (sentence !== undefined) return `${id}: ${sentence(deed)}`
  const fields = Object.entries(detail).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  )
  return `${id}: ${[kind, ...fields].join(', ')}`
}

function taken(behave: string): string {
  const [how = '', who] = behave.split(':')
  const words = TAKEN[how]
  return words === undefined
    ? ''
    : `, which ${who === undefined ? 'processes' : `processes named ${who}`} ${words}`
}

function ordinal(count: number): string {
  return ['', 'first', 'second', 'third'][count] ?? `${count}th`
}
