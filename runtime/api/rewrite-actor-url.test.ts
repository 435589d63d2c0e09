import test from 'ava'
import { rewriteActorUrl } from './rewrite-actor-url.ts'

test('an address becomes one segment, and doing so twice changes nothing', t => {
  const cases: Readonly<Record<string, string>> = {
    '/api/v1/actors': '/api/v1/actors',
    '/api/v1/actors?limit=1': '/api/v1/actors?limit=1',
    '/api/v1/actors/': '/api/v1/actors/',
    '/api/v1/actors/job/j1': '/api/v1/actors/job%2Fj1',
    '/api/v1/actors/job/j1?at=4': '/api/v1/actors/job%2Fj1?at=4',
    '/api/v1/actors/sub/web/n1/events?limit=2': '/api/v1/actors/sub%2Fweb%2Fn1/events?limit=2',
    '/api/v1/actors/configset%2Fteams%2Fevents': '/api/v1/actors/configset%2Fteams%2Fevents',
    '/api/v1/actors/configset%2Fteams%2Fevents/events': '/api/v1/actors/configset%2Fteams%2Fevents/events',
    '/api/v1/actors/job/%zz': '/api/v1/actors/job/%zz',
    '/api/v1/groups/a/b': '/api/v1/groups/a/b',
  }
  for (const [url, expected] of Object.entries(cases)) {
    t.is(rewriteActorUrl(url), expected)
    t.is(rewriteActorUrl(expected), expected)
  }
})
