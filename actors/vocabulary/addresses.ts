import { type Address, addressOf } from './address.ts'
import type { Revision } from './revision.ts'

/** The one actor of the whole cluster: identity, API keys, freeze. */
export const CLUSTER: Address = addressOf('cluster', 'main')
/** How far the rotation of gossip's key is. */
export const KEYRING: Address = addressOf('keyring', 'gossip')

export const jobAddress = (id: string): Address => addressOf('job', id)
export const groupAddress = (name: string): Address => addressOf('group', name)
export const rolloutAddress = (group: string, revision: Revision): Address =>
  addressOf('rollout', group, revision)
export const policyRunAddress = (group: string, revision: Revision): Address =>
  addressOf('policy-run', group, revision)
export const policyAddress = (name: string): Address => addressOf('policy', name)
export const subscriptionAddress = (group: string, node: string): Address => addressOf('sub', group, node)
export const nodeAddress = (name: string): Address => addressOf('node', name)
export const identityAddress = (keyHex: string): Address => addressOf('identity', keyHex)
export const tokenAddress = (id: string): Address => addressOf('token', id)
export const lockAddress = (resource: string): Address => addressOf('lock', resource)
export const requestAddress = (digest: string): Address => addressOf('request', digest)
/** `subject` is itself an address: `alert/flapping/node/n7`. */
export const alertAddress = (kind: string, subject: string): Address => addressOf('alert', kind, subject)
