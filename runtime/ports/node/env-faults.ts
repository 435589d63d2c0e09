import assert from 'node:assert/strict'
import { appendFileSync, writeSync } from 'node:fs'
import { FAULT_POINTS, type FaultPoint, type Faults, noFaults } from '../fault-points.ts'

const STDERR = 2

/** The variables of the environment that arm a process for the crash matrix. */
export interface FaultEnvironment {
  readonly KONOR_FAULT_POINT?: string | undefined
  readonly KONOR_FAULT_COUNT_FILE?: string | undefined
}

/** What a stop does to the host: another one is injected by tests. */
export interface FaultHost {
  announce(line: string): void
  stop(): void
}

const processHost: FaultHost = {
  announce: line => writeSync(STDERR, line),
  stop: () => process.kill(process.pid, 'SIGSTOP'),
}

/**
 * Fault points as a harness of separate processes arms them. `KONOR_FAULT_POINT=NAME[:NTH]`: at the NTH hit
 * (default the first) the process writes the line `KONOR_FAULT NAME` to its standard error and stops itself
 * (SIGSTOP), so that the harness can end it exactly there. `KONOR_FAULT_COUNT_FILE=FILE`: the first hit of
 * each point appends its name as a line, which proves that the point is reachable. With neither it is
 * `noFaults`.
 */
export function createEnvFaults(environment: FaultEnvironment, host: FaultHost = processHost): Faults {
  const armed = parseArmed(environment.KONOR_FAULT_POINT)
  const countFile = environment.KONOR_FAULT_COUNT_FILE
  if (armed === undefined && !countFile) return noFaults
  const seen = new Set<FaultPoint>()
  let left = armed?.nth ?? 0
  return {
    hit(point) {
      if (countFile && !seen.has(point)) {
        seen.add(point)
        appendFileSync(countFile, `${point}\n`)
      }
      if (point !== armed?.point || left === 0) return
      left--
      if (left > 0) return
      host.announce(`KONOR_FAULT ${point}\n`)
      host.stop()
    },
  }
}

function parseArmed(text: string | undefined): { point: FaultPoint; nth: number } | undefined {
  if (!text) return undefined
  const [name, nthText = '1', ...rest] = text.split(':')
  const point = FAULT_POINTS.find(known => known === name)
  const nth = Number(nthText)
  assert(
    point !== undefined && rest.length === 0 && Number.isSafeInteger(nth) && nth > 0,
    `KONOR_FAULT_POINT=${text}: give one of the registered points, NAME or NAME:NTH with NTH from 1`,
  )
  return { point, nth }
}
