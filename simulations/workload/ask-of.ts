import type { Caller, Control } from '../../runtime/engine/control.ts'
import type { Deed } from './deed.ts'

export type Ask = (control: Control, caller: Caller) => Promise<unknown>

/** Deeds that are one request. */
type Asked = Exclude<
  Deed,
  {
    kind:
      | 'leave'
      | 'stop-process'
      | 'join-node'
      | 'freeze'
      | 'revoke-token'
      | 'race'
      | 'twice'
      | 'late-token'
      | 'join-again'
      | 'rejoin'
      | 'delete-group'
      | 'bulk'
      | 'contend'
      | 'old-write'
      | 'alarm'
  }
>

export function askOf(deed: Asked): Ask {
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
    case 'delete-path':
      return (control, caller) => control.remove('configset', deed.path, undefined, caller)
    case 'retry-job':
      return (control, caller) => {
        const { items } = control.jobs({ limit: 20 })
        return control.retryJob(items[Math.floor(deed.which * items.length)]?.id ?? 'none', caller)
      }
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
