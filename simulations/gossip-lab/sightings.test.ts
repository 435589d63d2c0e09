import test from 'ava'
import { Sightings } from './sightings.ts'

function pair(): Sightings {
  const sightings = new Sightings()
  for (const name of ['a', 'b']) sightings.began(name, 0)
  sightings.add({ by: 'a', sight: 'up', of: 'b', atMs: 1 })
  sightings.add({ by: 'b', sight: 'up', of: 'a', atMs: 2 })
  return sightings
}

test('they agree when every one sees every other and nobody else', t => {
  const sightings = pair()
  t.true(sightings.agreed)
  sightings.began('c', 3)
  t.false(sightings.agreed)
  for (const by of ['a', 'b']) sightings.add({ by, sight: 'up', of: 'c', atMs: 4 })
  t.true(sightings.isSeenByAll('c'))
  t.false(sightings.agreed, 'c sees nobody yet')
  t.true(sightings.agree(['a'], ['a', 'b', 'c']))
})

test('a death that was dealt is true, one of the living is false', t => {
  const sightings = pair()
  sightings.ends('b')
  sightings.add({ by: 'a', sight: 'down', of: 'b', atMs: 5 })
  t.deepEqual(sightings.deathTimesMs('b'), [5])
  t.true(sightings.isSeenByNone('b'))
  t.deepEqual(sightings.falseDeaths, [])
  const other = pair()
  const death = { by: 'a', sight: 'down', of: 'b', atMs: 6 } as const
  other.add(death)
  t.deepEqual(other.falseDeaths, [death])
  t.false(other.agreed)
})
