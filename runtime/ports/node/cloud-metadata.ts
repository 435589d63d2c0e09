import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'

/** All questions together; a machine that only looks like a cloud's is not held up longer. */
export const METADATA_TIMEOUT_MS = 1_000
/** Bytes of one answer. */
export const METADATA_BYTES_MAX = 65_536
const FACT_LENGTH_MAX = 64
const LINK_LOCAL = 'http://169.254.169.254'

export interface CloudMetadataOptions {
  /** What the firmware says the cloud is: without that nobody is asked. */
  readonly provider: string
  readonly clock: Clock
  readonly logger: Logger
  /** Default: the link-local address that clouds answer at. */
  readonly base?: string
}

type Ask = (path: string, headers?: Readonly<Record<string, string>>, method?: string) => Promise<string>
type Facts = Readonly<Record<string, unknown>>

/** How each cloud is asked, by its own documentation, and what of its answer is region, zone and instance type. */
const CLOUDS: Readonly<Record<string, (ask: Ask) => Promise<Facts>>> = {
  async aws(ask) {
    // Version 2 of the service: a token first, so that a proxy that forwards anything gives nothing away.
    const token = await ask('/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }, 'PUT')
    const headers = { 'x-aws-ec2-metadata-token': token }
    const document = fieldsIn(await ask('/latest/dynamic/instance-identity/document', headers))
    return {
      region: document['region'],
      zone: document['availabilityZone'],
      instanceType: document['instanceType'],
    }
  },
  async gcp(ask) {
    const headers = { 'metadata-flavor': 'Google' }
    const zone = lastOf(await ask('/computeMetadata/v1/instance/zone', headers))
    const instanceType = lastOf(await ask('/computeMetadata/v1/instance/machine-type', headers))
    return { region: zone.replace(/-[a-z]$/, ''), zone, instanceType }
  },
  async azure(ask) {
    const path = '/metadata/instance/compute?api-version=2021-02-01'
    const { location, zone, vmSize } = fieldsIn(await ask(path, { metadata: 'true' }))
    return { region: location, zone, instanceType: vmSize }
  },
  async digitalocean(ask) {
    return { region: await ask('/metadata/v1/region') }
  },
  async hetzner(ask) {
    return {
      region: await ask('/hetzner/v1/metadata/region'),
      zone: await ask('/hetzner/v1/metadata/availability-zone'),
    }
  },
  openstack: askOpenStack,
  ovh: askOpenStack,
}

/**
 * Region, zone and instance type, as the cloud's metadata service tells them; empty when there is none to ask,
 * or it does not answer in time. Never throws.
 */
export async function readCloudMetadata(
  options: CloudMetadataOptions,
): Promise<Readonly<Record<string, string>>> {
  const { provider, clock, logger, base = LINK_LOCAL } = options
  const cloud = Object.hasOwn(CLOUDS, provider) ? CLOUDS[provider] : undefined
  if (cloud === undefined) return {}
  const over = new AbortController()
  const cancel = clock.startTimer(METADATA_TIMEOUT_MS, () => over.abort())
  const ask: Ask = async (path, headers = {}, method = 'GET') => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers,
      redirect: 'error',
      signal: over.signal,
    })
    if (!response.ok) throw new Error(`the metadata service answered ${response.status} to ${path}`)
    return textOf(response)
  }
  try {
    return textsIn(await cloud(ask))
  } catch (err) {
    logger.warn({ err, provider }, 'the metadata service of the cloud did not answer: going on without')
    return {}
  } finally {
    cancel()
  }
}

async function askOpenStack(ask: Ask): Promise<Facts> {
  return { zone: fieldsIn(await ask('/openstack/latest/meta_data.json'))['availability_zone'] }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of response.body ?? []) {
    const bytes = part as Uint8Array
    sizeBytes += bytes.length
    if (sizeBytes > METADATA_BYTES_MAX) throw new Error('the metadata service answered more than it may')
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8').trim()
}

function fieldsIn(text: string): Facts {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? (value as Facts) : {}
}

/** What stands after the last slash: `projects/1/zones/europe-west1-b`. */
function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Short printable texts alone: they become labels and columns. */
function textsIn(facts: Facts): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(facts))
    if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value))
      texts[name] = value.slice(0, FACT_LENGTH_MAX)
  return texts
}
