import type { Etcd3 } from 'etcd3'
import { performance } from 'node:perf_hooks'
import { benchSocket } from '../../../agent/sdk/socket.bench.ts'
import type { Bench } from '../bench.ts'
import type { Beside } from '../figure.ts'
import { startEtcd } from '../programs/etcd.ts'
import { spreadOf } from '../quantile.ts'

const ETCD_WARMUP = 500
const ETCD_GETS = 3_000

export const readsBench: Bench = {
  name: 'reads',
  about: 'a process reads a value: from its snapshot, over the socket of its agent',
  async run(context) {
    const etcd = await startEtcd(context)
    const before = etcd === undefined ? [] : await etcdGetsUs(etcd)
    const { socketGetMicroseconds, sdkGetsPerSecond, sdkGetMicroseconds } = await benchSocket()
    // Half before and half after: a machine that is slower for a while is so for both.
    const etcdUs = etcd === undefined ? [] : [...before, ...(await etcdGetsUs(etcd))]
    const beside: { beside?: Beside } =
      etcd === undefined ? {} : { beside: { name: 'etcd get', ...spreadOf(etcdUs) } }
    return [
      {
        name: 'SDK get, calls',
        unit: '/s',
        ours: { value: sdkGetsPerSecond },
        goals: [{ of: 'value', atLeast: 2_000_000 }],
      },
      {
        name: 'SDK get',
        unit: 'µs',
        ours: { value: sdkGetMicroseconds.p50, p99: sdkGetMicroseconds.p99 },
        goals: [{ of: 'p99', atMost: 5 }],
        note: 'each call timed by itself, the clock included',
      },
      {
        name: 'socket get',
        unit: 'µs',
        ours: { value: socketGetMicroseconds.p50, p99: socketGetMicroseconds.p99 },
        ...beside,
        goals: [
          { of: 'value', atMost: 80 },
          { of: 'p99', atMost: 300 },
        ],
      },
    ]
  },
}

async function etcdGetsUs(etcd: Etcd3): Promise<number[]> {
  for (let key = 0; key < 1_000; key += 100) await etcd.put(`key-${key}`).value(`value-${key}`)
  const timesUs: number[] = []
  for (let run = -ETCD_WARMUP; run < ETCD_GETS; run++) {
    const startMs = performance.now()
    await etcd.get(`key-${(Math.abs(run) % 10) * 100}`).string()
    if (run >= 0) timesUs.push((performance.now() - startMs) * 1_000)
  }
  return timesUs
}
