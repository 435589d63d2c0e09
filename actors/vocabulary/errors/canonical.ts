import { errorTable } from './error-spec.ts'

export const canonicalErrors = errorTable({
  KONOR_CBOR_UNSUPPORTED: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A value has no canonical form',
    help: 'Values are JSON: integers within plus or minus 2^53 - 1, no NaN, no infinity, no -0, text that is valid Unicode, nesting of at most 64.',
  },
  KONOR_CBOR_MALFORMED: {
    status: 400,
    exit: 2,
    retryable: false,
    title: 'Bytes are not the CBOR they should be',
    help: 'Send one well-formed RFC 8949 item with text keys and no tags. In a stored file or journal it means damage.',
  },
})
