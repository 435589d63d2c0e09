const TREES = ['/api/v1/config/', '/api/v1/history/'] as const

/**
 * A ConfigSet path has as many segments as its author likes, a router's parameter has one. So the path is folded into
 * one percent-encoded segment before routing: `/api/v1/config/teams/a/key` becomes `/api/v1/config/%2Fteams%2Fa/key`,
 * a trailing slash (a list) stays, and the routes read as in the contract: `config/:path/:key`, `config/:path/`,
 * `history/:path`. A path that its caller had already encoded, or begun with a slash, is the same path.
 */
export function rewriteConfigUrl(url: string): string {
  const queryAt = url.indexOf('?')
  const pathname = queryAt < 0 ? url : url.slice(0, queryAt)
  const query = queryAt < 0 ? '' : url.slice(queryAt)
  const tree = TREES.find(prefix => pathname.startsWith(prefix) && pathname.length > prefix.length)
  if (tree === undefined) return url
  const tail = pathname.slice(tree.length)
  const isHistory = tree === '/api/v1/history/'
  const cut = isHistory ? tail.replace(/\/$/, '').length : tail.lastIndexOf('/')
  const last = isHistory ? '' : tail.slice(cut + 1)
  const path = foldPath(cut < 0 ? '' : tail.slice(0, cut))
  // Bad percent-encoding is left for the router to refuse.
  if (path === undefined) return url
  return isHistory ? `${tree}${path}${query}` : `${tree}${path}/${last}${query}`
}

function foldPath(encoded: string): string | undefined {
  try {
    return encodeURIComponent(`/${decodeURIComponent(encoded).replace(/^\/+/, '')}`)
  } catch {
    return undefined
  }
}
