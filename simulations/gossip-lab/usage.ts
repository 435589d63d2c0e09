import { readFile } from 'node:fs/promises'
import { nowMs, type Pack } from './pack.ts'

/** What a pack has used, by counters of the kernel; differences of two say what it used in between. */
export interface Usage {
  readonly atMs: number
  /** Processor time of all its processes, user and system. */
  readonly cpuMs: number
  /** UDP datagrams sent in its network namespace. */
  readonly datagrams: number
  /** Bytes sent over the loopback of the namespace, with the headers of IP, UDP and TCP. */
  readonly bytes: number
}

/** Clock ticks a second in /proc: fixed at 100 by the interface of Linux. */
const TICKS_PER_SECOND = 100

/** Reads the counters; those of the network mean something only when the pack has a namespace to itself. */
export async function readUsage(pack: Pack): Promise<Usage> {
  const pids = [...pack.pids]
  const cpu = await Promise.all(pids.map(cpuMsOf))
  const [first = 0] = pids
  return {
    atMs: nowMs(),
    cpuMs: cpu.reduce((sum, ms) => sum + ms, 0),
    datagrams: udpOut(await readFile(`/proc/${first}/net/snmp`, 'utf8')),
    bytes: loopbackOut(await readFile(`/proc/${first}/net/dev`, 'utf8')),
  }
}

/** A pack's use between two readings, for each member and second. */
export interface Rate {
  /** Share of one processor. */
  readonly cpu: number
  readonly datagrams: number
  readonly bytes: number
}

export function rateBetween(before: Usage, after: Usage, members: number): Rate {
  const seconds = (after.atMs - before.atMs) / 1_000
  const each = (total: number): number => total / seconds / members
  return {
    cpu: each(after.cpuMs - before.cpuMs) / 1_000,
    datagrams: each(after.datagrams - before.datagrams),
    bytes: each(after.bytes - before.bytes),
  }
}

async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // Behind the name of the program, which may hold anything: fields 14 and 15 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND
}

function udpOut(snmp: string): number {
  const [names = [], values = []] = snmp
    .split('\n')
    .filter(line => line.startsWith('Udp:'))
    .map(line => line.split(' '))
  return Number(values[names.indexOf('OutDatagrams')])
}

function loopbackOut(dev: string): number {
  const fields = /^\s*lo:\s*(.*)$/m.exec(dev)?.[1]?.split(/\s+/) ?? []
  return Number(fields[8])
}
