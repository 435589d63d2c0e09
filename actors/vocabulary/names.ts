/** Longest name of a group, policy, node, key or path segment. */
export const NAME_LENGTH_MAX = 128
/** Longest ConfigSet path. */
export const PATH_LENGTH_MAX = 1024

const NAME = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/

/**
 * Lower-case letters, digits, `-`, `.`, `_`; begins and ends with a letter or digit; at most 128 characters.
 */
export function isName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && NAME.test(text)
}

/** A ConfigSet path: `/` and names separated by `/`, without a slash at the end. */
export function isPath(text: string): boolean {
  return text.length <= PATH_LENGTH_MAX && text.startsWith('/') && text.slice(1).split('/').every(isName)
}
