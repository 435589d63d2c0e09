import type { Bench } from './bench.ts'
import { diskBench } from './benches/disk.ts'
import { readsBench } from './benches/reads.ts'
import { writesBench } from './benches/writes.ts'
import { changeBench } from './benches/change.ts'

/** In the order in which they run: first what the machine can do at all. */
export const allBenches: readonly Bench[] = [diskBench, readsBench, writesBench, changeBench]
