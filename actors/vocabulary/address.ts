/**
 * An actor's address: `KIND/REST`, for example `job/01J…`, `group/payments-prod`, `sub/payments-prod/n7`,
 * `configset/teams/payments/stripe`. Addresses are the only ids on the wire, in logs and in the journal.
 */
export type Address = string & { readonly __address: never }

/** Builds an address from its kind and its parts; a part may itself hold slashes (a ConfigSet path does). */
export function addressOf(kind: string, ...parts: readonly (string | number)[]): Address {
  return [kind, ...parts].join('/') as Address
}

/** The kind of an address: what stands before the first slash. */
export function kindOf(address: Address): string {
  const slash = address.indexOf('/')
  return slash < 0 ? address : address.slice(0, slash)
}

/** What stands after the kind. */
export function restOf(address: Address): string {
  const slash = address.indexOf('/')
  return slash < 0 ? '' : address.slice(slash + 1)
}

/** The address of a ConfigSet, from its path (`/teams/payments`). */
export function configSetAddress(path: string): Address {
  return `configset${path}` as Address
}
