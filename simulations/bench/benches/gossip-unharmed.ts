import { findNamespaces } from '../../gossip-lab/namespaces.ts'
import { untilAgreed } from '../../gossip-lab/kill-rounds.ts'
import { OurPack } from '../../gossip-lab/our-pack.ts'
import { rotateKeys } from '../../gossip-lab/rotate-keys.ts'
import type { BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'

/** How many were declared dead meanwhile, although all of them live. */
export async function unharmed(
  context: BenchContext,
  pack: OurPack,
  name: string,
  experiment: () => Promise<void>,
  deathsMax = 0,
): Promise<Figure> {
  const before = pack.sightings.falseDeaths.length
  await experiment()
  await untilAgreed(pack)
  const dead = [...new Set(pack.sightings.falseDeaths.slice(before).map(({ of }) => of))]
  const excuses = dead.map(member => ` ${member} stood still for ${pack.longestStallMs(member)} ms`)
  context.say(`${name}: ${dead.length}${excuses}`)
  return { name, unit: 'deaths', ours: { value: dead.length }, goals: [{ of: 'value', atMost: deathsMax }] }
}

export async function rotation(context: BenchContext, pack: OurPack, members: number): Promise<Figure[]> {
  let refused = Number.NaN
  const dropped = await unharmed(context, pack, `${members}: keys rotated under load`, async () => {
    const { refusedAfterUse, unsealed } = await rotateKeys(pack)
    refused = refusedAfterUse + unsealed
  })
  return [
    dropped,
    {
      name: `${members}: refused for their key, from "use" on`,
      unit: 'packets',
      ours: { value: refused },
      goals: [{ of: 'value', atMost: 0 }],
    },
  ]
}

export async function startPack(context: BenchContext): Promise<OurPack> {
  const namespaces = await findNamespaces()
  const place = namespaces.make === undefined ? {} : { namespace: await namespaces.make(context) }
  return new OurPack(context, { preset: 'lan', ...place })
}
