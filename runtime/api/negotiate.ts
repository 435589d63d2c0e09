import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

export const JSON_TYPE = 'application/json'
export const YAML_TYPE = 'application/yaml'
export const RAW_TYPE = 'text/plain'

/** Other names under which the same representations are asked for. */
const ALIASES: Readonly<Record<string, string>> = {
  'application/x-yaml': YAML_TYPE,
  'text/yaml': YAML_TYPE,
  'application/octet-stream': RAW_TYPE,
}

interface Range {
  readonly type: string
  readonly quality: number
}

/**
 * The representation to answer with, of those offered (best first), by RFC 9110 `Accept`. A caller that accepts
 * anything gets the first. Throws `KONOR_API_NOT_ACCEPTABLE` when none fits.
 */
export function negotiate(accept: string | undefined, offered: readonly string[]): string {
  const ranges = parseAccept(accept ?? '*/*')
  let best: string | undefined
  let bestQuality = 0
  for (const offer of offered) {
    const quality = qualityOf(offer, ranges)
    if (quality > bestQuality) {
      best = offer
      bestQuality = quality
    }
  }
  if (best === undefined)
    throw new KonorError('KONOR_API_NOT_ACCEPTABLE', `this route answers ${offered.join(' or ')}`, {
      details: { offered },
    })
  return best
}

function parseAccept(accept: string): Range[] {
  return accept.split(',').map(part => {
    const [name = '', ...parameters] = part.split(';').map(piece => piece.trim().toLowerCase())
    const quality = parameters.map(parameter => /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find(Boolean)
    return { type: ALIASES[name] ?? name, quality: quality === undefined ? 1 : Math.min(Number(quality), 1) }
  })
}

/** The quality of the most specific range that covers the offer. */
function qualityOf(offer: string, ranges: readonly Range[]): number {
  const wildcard = `${offer.slice(0, offer.indexOf('/'))}/*`
  for (const type of [offer, wildcard, '*/*']) {
    const range = ranges.find(candidate => candidate.type === type)
    if (range !== undefined) return range.quality
  }
  return 0
}
