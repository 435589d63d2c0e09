import { existsSync } from 'node:fs'
import { arch, hostname, platform, release } from 'node:os'

/** What kind of machine this is: short texts for people, and for labels that choose nodes. */
export function platformFacts(): Readonly<Record<string, string>> {
  return {
    os: platform(),
    osVersion: release(),
    arch: arch(),
    node: process.versions.node,
    hostname: hostname(),
    container: containerOf(process.env),
  }
}

/** The kind of container, as far as it shows itself without asking anybody; `none` when nothing shows. */
function containerOf(environment: Readonly<Record<string, string | undefined>>): string {
  if (environment['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes'
  if (existsSync('/.dockerenv')) return 'docker'
  if (existsSync('/run/.containerenv')) return 'podman'
  return environment['container'] ?? 'none'
}
