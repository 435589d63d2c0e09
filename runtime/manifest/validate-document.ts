import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { checkEntries, checkJson } from './check-entries.ts'
import { isEcho, problemOf } from './expected.ts'
import { pointerOf } from './json-pointer.ts'
import type {
  ConfigSetDocument,
  DocumentOrigin,
  GroupDocument,
  ManifestDocument,
  PolicyDocument,
} from './manifest-document.ts'
import { hintFor } from './nearest-name.ts'
import type { Problem } from './problems.ts'
import { type JsonSchema, type ManifestKind, UNAVAILABLE_KINDS, manifestSchemas } from './schemas.ts'

/** Name of each built-in policy → the JSON Schema of its parameters (`with`). */
export type PolicyNames = ReadonlyMap<string, JsonSchema>

/** What became of one document: exactly one of the three. */
export type Validated =
  | { readonly document: ManifestDocument }
  | { readonly problems: readonly Problem[] }
  | { readonly unavailable: Problem }

const KINDS = Object.keys(manifestSchemas)
const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true })
const validators = new Map(
  Object.entries(manifestSchemas).map(([kind, schema]) => [kind, ajv.compile(schema)]),
)
/** Schemas of policy parameters are few and live as long as the program: each is compiled once. */
const parameterValidators = new WeakMap<JsonSchema, ValidateFunction>()

/** Checks one document wholly: its kind, its shape, its names and values, a policy's parameters. */
export function validateDocument(
  value: unknown,
  origin: DocumentOrigin,
  policyNames: PolicyNames,
): Validated {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('', 'expected an object with apiVersion, kind, metadata and spec')
  }
  const kind: unknown = Object.hasOwn(value, 'kind') ? (value as { kind: unknown }).kind : undefined
  if (typeof kind !== 'string') return refused('', `expected the field "kind": one of ${KINDS.join(', ')}`)
  if (UNAVAILABLE_KINDS.includes(kind)) {
    const message = `the kind ${kind} is not yet available; expected one of ${KINDS.join(', ')}`
    return { unavailable: { pointer: '/kind', message } }
  }
  const validate = validators.get(kind)
  if (validate === undefined) {
    return refused(
      '/kind',
      `unknown kind; expected one of ${KINDS.join(', ')}${hintFor(kind, [...KINDS, ...UNAVAILABLE_KINDS])}`,
    )
  }
  if (!validate(value)) return { problems: problemsOf(validate.errors) }
  return finish(kind as ManifestKind, value as unknown as RawDocument, origin, policyNames)
}

/** A document whose shape its schema already proved. */
interface RawDocument {
  readonly metadata: {
    readonly name: string
    readonly path: string
    readonly labels?: ConfigSetDocument['labels']
  }
  readonly spec: Pick<ConfigSetDocument, 'entries'> &
    Pick<GroupDocument, 'sets' | 'policy'> & { readonly uses: string; readonly with?: PolicyDocument['with'] }
}

function finish(
  kind: ManifestKind,
  raw: RawDocument,
  origin: DocumentOrigin,
  policyNames: PolicyNames,
): Validated {
  const { name, path, labels = {} } = raw.metadata
  const { entries, sets, policy, uses, with: parameters = {} } = raw.spec
  switch (kind) {
    case 'ConfigSet':
      return accept({ kind, path, labels, entries, origin }, checkEntries(entries, ['spec', 'entries']))
    case 'Group':
      return accept({ kind, name, labels, sets, policy, origin }, checkSets(sets))
    case 'Policy': {
      const document: PolicyDocument = { kind, name, labels, uses, with: parameters, origin }
      return accept(document, checkPolicy(document, policyNames))
    }
  }
}

function accept(document: ManifestDocument, problems: readonly Problem[]): Validated {
  return problems.length > 0 ? { problems } : { document }
}

function checkSets(sets: readonly string[]): Problem[] {
  const seen = new Set<string>()
  const problems: Problem[] = []
  for (const [index, path] of sets.entries()) {
    if (seen.has(path))
      problems.push({ pointer: pointerOf(['spec', 'sets', index]), message: 'expected each path once' })
    seen.add(path)
  }
  return problems
}

function checkPolicy(document: PolicyDocument, policyNames: PolicyNames): Problem[] {
  if (policyNames.has(document.name)) {
    return [{ pointer: '/metadata/name', message: 'expected a name that no built-in policy has' }]
  }
  const schema = policyNames.get(document.uses)
  if (schema === undefined) {
    const known = [...policyNames.keys()]
    const message = `unknown policy; expected one of ${known.join(', ')}${hintFor(document.uses, known)}`
    return [{ pointer: '/spec/uses', message }]
  }
  const validate = parameterValidators.get(schema) ?? ajv.compile(schema)
  parameterValidators.set(schema, validate)
  if (validate(document.with)) return checkJson(document.with, ['spec', 'with'])
  return problemsOf(validate.errors).map(problem => ({ ...problem, pointer: `/spec/with${problem.pointer}` }))
}

function problemsOf(errors: readonly ErrorObject[] | null | undefined): Problem[] {
  return (errors ?? []).filter(error => !isEcho(error)).map(problemOf)
}

function refused(pointer: string, message: string): Validated {
  return { problems: [{ pointer, message }] }
}
