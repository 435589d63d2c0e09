import { existsSync, readFileSync } from 'node:fs'
import { arch, hostname, platform, release } from 'node:os'
import { classifyPlatform, DMI_NAMES, type DmiName, type PlatformSigns } from './classify-platform.ts'

/** Characters of a sign that are looked at. */
const SIGN_LENGTH_MAX = 4_096

/**
 * What kind of machine this is: short texts for people, and for labels that choose nodes. Nobody is asked: all of it
 * stands on the machine itself.
 */
export function platformFacts(): Readonly<Record<string, string>> {
  return {
    os: platform(),
    osVersion: release(),
    arch: arch(),
    node: process.versions.node,
    hostname: hostname(),
    ...classifyPlatform(readSigns(process.env)),
  }
}

function readSigns(environment: Readonly<Record<string, string | undefined>>): PlatformSigns {
  const dmi: Partial<Record<DmiName, string>> = {}
  for (const name of DMI_NAMES) {
    const value = readSign(`/sys/class/dmi/id/${name}`)
    if (value !== undefined && value !== '') dmi[name] = value
  }
  const cpu = readSign('/proc/cpuinfo')
  const flags = /^flags\s*:.*$/m.exec(cpu ?? '')?.[0]
  const type = readSign('/sys/hypervisor/type')
  const uuid = readSign('/sys/hypervisor/uuid')
  const { container } = environment
  return {
    dmi,
    ...(type === undefined ? {} : { hypervisorType: type }),
    ...(uuid === undefined ? {} : { hypervisorUuid: uuid }),
    ...(flags === undefined ? {} : { isVirtualCpu: /\bhypervisor\b/.test(flags) }),
    cgroup: readSign('/proc/1/cgroup') ?? readSign('/proc/self/cgroup') ?? '',
    hasDockerEnv: existsSync('/.dockerenv'),
    hasContainerEnv: existsSync('/run/.containerenv'),
    ...(container === undefined ? {} : { container }),
    isKubernetes: environment['KUBERNETES_SERVICE_HOST'] !== undefined,
  }
}

/** Absent, or not for us to read (`product_uuid` is root's): then it says nothing. */
function readSign(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').slice(0, SIGN_LENGTH_MAX).trim()
  } catch {
    return undefined
  }
}
