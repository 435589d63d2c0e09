import type { Address } from '../../../actors/vocabulary/address.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'

/**
 * The context of the actor at an address, ended but still readable ones included. The caller knows its type.
 */
export function contextAt<Context>(view: StateView, address: Address): Context | undefined {
  const record = view.get(address)
  return record === undefined ? undefined : contextOf<Context>(record)
}
