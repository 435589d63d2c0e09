import type { BenchContext } from './bench.ts'

type Undo = () => void | Promise<void>

/** Runs `body` and then undoes what it started, in the opposite order, whether it ended well or not. */
export async function withinScope<T>(
  say: (line: string) => void,
  body: (context: BenchContext) => Promise<T>,
): Promise<T> {
  const undos: Undo[] = []
  try {
    return await body({ say, teardown: undo => void undos.push(undo) })
  } finally {
    for (const undo of undos.toReversed()) await undo()
  }
}
