import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { isPath } from '../../actors/vocabulary/names.ts'

/** The ConfigSet path of a URL, or `KONOR_API_INVALID_REQUEST`. */
export function assertConfigPath(path: string): string {
  if (isPath(path)) return path
  const message = `${JSON.stringify(path)} is not a ConfigSet path: names of a-z, 0-9, "-", "." and "_", with slashes between; a key needs a path before it, a list a slash at the end`
  throw new KonorError('KONOR_API_INVALID_REQUEST', message, { errors: [{ message }] })
}
