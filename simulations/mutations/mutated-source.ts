import type { Mutation } from './mutation.ts'

/**
 * The text of a mutation's file with the fault in it. Throws when what it replaces does not stand there exactly once:
 * the code has moved, and the table must follow it.
 */
export function mutatedSource({ id, file, before, after }: Mutation, source: string): string {
  const [head, tail, ...more] = source.split(before)
  if (head === undefined || tail === undefined)
    throw new Error(`${id}: ${file} does not hold ${JSON.stringify(before)} any more`)
  if (more.length > 0)
    throw new Error(`${id}: ${file} holds ${JSON.stringify(before)} ${more.length + 1} times`)
  return head + after + tail
}
