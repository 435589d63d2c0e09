import test from 'ava'
import { parseDuration } from './parse-duration.ts'

test('reads units and sums of them', t => {
  t.is(parseDuration('250ms'), 250)
  t.is(parseDuration('90s'), 90_000)
  t.is(parseDuration('1h30m'), 5_400_000)
  t.is(parseDuration('7d'), 604_800_000)
})

test('refuses what is no duration', t => {
  for (const bad of ['', '24', 'h', '-1h', '1.5h', '1 h', '1w', '999999999d'])
    t.is(parseDuration(bad), undefined)
})
