import { errorTable } from './error-spec.ts'

export const manifestErrors = errorTable({
  KONOR_MANIFEST_INVALID: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A manifest is not valid',
    help: 'Nothing was declared. Every problem is listed with its file, line and JSON pointer: correct them and apply again.',
  },
  KONOR_MANIFEST_KIND_UNAVAILABLE: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A manifest names a kind that this version does not serve yet',
    help: 'Nothing was declared. Leave the listed documents out; this version serves ConfigSet, Group and Policy.',
  },
  KONOR_MANIFEST_TOO_LARGE: {
    status: 413,
    exit: 2,
    retryable: false,
    title: 'The manifests are larger than one job may be',
    help: 'Nothing was declared. The details name the bound: split the manifests into several jobs.',
  },
  KONOR_PLAN_SET_UNKNOWN: {
    status: 422,
    exit: 3,
    retryable: false,
    title: 'A group names a ConfigSet that does not exist',
    help: 'Declare the ConfigSet in the same job or before it, or correct the path in the group.',
  },
  KONOR_PLAN_POLICY_UNKNOWN: {
    status: 422,
    exit: 3,
    retryable: false,
    title: 'A group names a policy that does not exist',
    help: 'Declare the Policy in the same job, or use a built-in one: `konor get policies` lists them.',
  },
  KONOR_PLAN_GROUP_UNKNOWN: {
    status: 404,
    exit: 3,
    retryable: false,
    title: 'The group does not exist',
    help: '`konor get groups` lists the groups.',
  },
  KONOR_PLAN_NOTHING_HELD: {
    status: 409,
    exit: 4,
    retryable: false,
    title: 'There is nothing to retry',
    help: 'Every pin of the group is at the head of its path and the newest revision is committed.',
  },
  KONOR_PLAN_ENTRIES_MISSING: {
    status: 500,
    exit: 20,
    retryable: true,
    title: 'The entries of a pinned version are not at hand',
    help: 'A blob that a pin names was not loaded. If it happens again, run `konor journal verify`: the store may be damaged.',
  },
  KONOR_BUNDLE_KEYS: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A bundle has too many keys',
    help: 'One group resolves to at most 10,000 keys: spread them over several groups.',
  },
  KONOR_BUNDLE_BYTES: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A bundle is too large',
    help: 'One group resolves to at most 16 MiB: spread its keys over several groups, or store large values elsewhere.',
  },
})
