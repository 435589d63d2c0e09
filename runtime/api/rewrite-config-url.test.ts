import test from 'ava'
import fc from 'fast-check'
import { rewriteConfigUrl } from './rewrite-config-url.ts'

const segment = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,10}[a-z0-9])?$/)

test('a path becomes one segment, its key or slash stays', t => {
  const cases: Readonly<Record<string, string>> = {
    '/api/v1/config/teams/a/key?version=3': '/api/v1/config/%2Fteams%2Fa/key?version=3',
    '/api/v1/config/teams/a/': '/api/v1/config/%2Fteams%2Fa/',
    '/api/v1/config//teams/a/key': '/api/v1/config/%2Fteams%2Fa/key',
    '/api/v1/config/%2Fteams%2Fa/key': '/api/v1/config/%2Fteams%2Fa/key',
    '/api/v1/config/key': '/api/v1/config/%2F/key',
    '/api/v1/history/teams/a': '/api/v1/history/%2Fteams%2Fa',
    '/api/v1/history/teams/a/?limit=1': '/api/v1/history/%2Fteams%2Fa?limit=1',
    '/api/v1/config/': '/api/v1/config/',
    '/api/v1/config?limit=1': '/api/v1/config?limit=1',
    '/api/v1/config/%zz/key': '/api/v1/config/%zz/key',
    '/api/v1/groups/a': '/api/v1/groups/a',
  }
  for (const [url, expected] of Object.entries(cases)) t.is(rewriteConfigUrl(url), expected)
})

test('every path and key come back as they went in, and rewriting twice changes nothing', t => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 12 }), segment, (segments, key) => {
      const once = rewriteConfigUrl(`/api/v1/config/${segments.join('/')}/${key}`)
      const [, , , , path = '', last] = once.split('/')
      t.is(decodeURIComponent(path), `/${segments.join('/')}`)
      t.is(last, key)
      t.is(rewriteConfigUrl(once), once)
    }),
  )
})
