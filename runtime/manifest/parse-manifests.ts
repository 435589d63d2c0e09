import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { DOCUMENTS_MAX, MANIFEST_BYTES_MAX } from './manifest-bounds.ts'
import type { ManifestDocument } from './manifest-document.ts'
import { Problems } from './problems.ts'
import type { ManifestSource } from './manifest-source.ts'
import { type ReadDocument, readDocuments } from './read-documents.ts'
import { type PolicyNames, validateDocument } from './validate-document.ts'

/**
 * All documents of all files, in order, each wholly valid, or one error and nothing: `KONOR_MANIFEST_INVALID`
 * with every problem (file, line from 1, JSON pointer within the document, what was expected), at most 100
 * and a count of the rest. `KONOR_MANIFEST_KIND_UNAVAILABLE` when the only problem are kinds that come later;
 * `KONOR_MANIFEST_TOO_LARGE` past 20 MiB or 1,000 documents. `policyNames` are the policies that `uses` may
 * name.
 */
export function parseManifests(
  sources: readonly ManifestSource[],
  policyNames: PolicyNames,
): ManifestDocument[] {
  refuseTooManyBytes(sources)
  const problems = new Problems()
  const documents: ManifestDocument[] = []
  let seen = 0
  for (const source of sources) {
    const found = readDocuments(source, (line, problem) => problems.add(source.file, () => line, problem))
    seen += found.length
    if (seen > DOCUMENTS_MAX) throw tooLarge(`more than ${DOCUMENTS_MAX} documents`, DOCUMENTS_MAX, seen)
    for (const document of found) validate(source.file, document, policyNames, documents, problems)
  }
  refuseDuplicates(documents, problems)
  if (seen === 0 && problems.count === 0) {
    problems.add(sources[0]?.file ?? '-', () => 1, { pointer: '', message: 'expected at least one document' })
  }
  if (problems.count > 0) throw refusal(problems)
  return documents
}

function validate(
  file: string,
  read: ReadDocument,
  policyNames: PolicyNames,
  documents: ManifestDocument[],
  problems: Problems,
): void {
  const validated = validateDocument(read.value, { file, line: read.lineOf('') }, policyNames)
  if ('document' in validated) {
    documents.push(validated.document)
  } else if ('unavailable' in validated) {
    const { unavailable } = validated
    problems.addUnavailable(file, () => read.lineOf(unavailable.pointer), unavailable)
  } else {
    for (const problem of validated.problems) problems.add(file, () => read.lineOf(problem.pointer), problem)
  }
}

/**
 * Two documents of one thing in one job contradict each other, even when equal: which of them is edited next?
 */
function refuseDuplicates(documents: readonly ManifestDocument[], problems: Problems): void {
  const first = new Map<string, ManifestDocument>()
  for (const document of documents) {
    const name = document.kind === 'ConfigSet' ? document.path : document.name
    const target = `${document.kind} ${name}`
    const earlier = first.get(target)
    if (earlier === undefined) {
      first.set(target, document)
      continue
    }
    const { file, line } = earlier.origin
    const pointer = document.kind === 'ConfigSet' ? '/metadata/path' : '/metadata/name'
    const message = `expected ${target} once in a job; it is also declared at ${file}:${line}`
    problems.add(document.origin.file, () => document.origin.line, { pointer, message })
  }
}

function refuseTooManyBytes(sources: readonly ManifestSource[]): void {
  let sizeBytes = 0
  for (const { text } of sources) sizeBytes += Buffer.byteLength(text)
  if (sizeBytes > MANIFEST_BYTES_MAX) {
    throw tooLarge(`more than ${MANIFEST_BYTES_MAX} bytes`, MANIFEST_BYTES_MAX, sizeBytes)
  }
}

function tooLarge(what: string, bound: number, found: number): KonorError {
  const message = `The manifests hold ${what}: split them into several jobs`
  return new KonorError('KONOR_MANIFEST_TOO_LARGE', message, { details: { bound, found } })
}

function refusal(problems: Problems): KonorError {
  const [first] = problems.details
  const place =
    first === undefined
      ? ''
      : `${first.file ?? ''}:${first.line ?? 1} ${first.pointer ?? ''}: ${first.message}`
  const rest = problems.count > 1 ? ` (and ${problems.count - 1} more)` : ''
  const code = problems.onlyUnavailable ? 'KONOR_MANIFEST_KIND_UNAVAILABLE' : 'KONOR_MANIFEST_INVALID'
  return new KonorError(code, `Nothing was declared: ${place}${rest}`, { errors: problems.details })
}
