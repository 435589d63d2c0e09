import type { Etcd3, Watcher } from 'etcd3'
import { performance } from 'node:perf_hooks'
import { pollUntil } from '../../kit/poll-until.ts'
import { Arrivals } from '../arrivals.ts'
import type { BenchContext } from '../bench.ts'

const KEY = 'bench/watched'

export interface Watchers {
  /** Puts a new value; answers after how many milliseconds the last watcher had it. */
  change(): Promise<number>
}

/** Watchers of one key of etcd, as its Node client makes them. */
export async function startWatchers(context: BenchContext, etcd: Etcd3, count: number): Promise<Watchers> {
  const seen = new Arrivals(count)
  const watchers: Watcher[] = []
  for (let index = 0; index < count; index++) {
    const watcher = await etcd.watch().key(KEY).create()
    watcher.on('put', pair => seen.arrived(pair.value.toString()))
    watchers.push(watcher)
  }
  context.teardown(async () => {
    await Promise.all(watchers.map(watcher => watcher.cancel()))
  })
  await pollUntil('the watchers stand', () => watchers.every(watcher => watcher.id !== null))
  let turn = 0
  return {
    async change() {
      const value = `value-${++turn}`
      const all = seen.all(value)
      const startMs = performance.now()
      await etcd.put(KEY).value(value)
      return (await all) - startMs
    },
  }
}
