const TREE = '/api/v1/actors/'
const EVENTS = '/events'

/**
 * An actor's address holds slashes, a router's parameter none. So it is folded into one percent-encoded segment before
 * routing: `/api/v1/actors/sub/web/n1/events` becomes `/api/v1/actors/sub%2Fweb%2Fn1/events`. Who encoded it already
 * gets the same; for an address that itself ends in `/events` that is the way to say so.
 */
export function rewriteActorUrl(url: string): string {
  const queryAt = url.indexOf('?')
  const pathname = queryAt < 0 ? url : url.slice(0, queryAt)
  if (!pathname.startsWith(TREE)) return url
  const tail = pathname.slice(TREE.length)
  const isEvents = tail.endsWith(EVENTS)
  const address = isEvents ? tail.slice(0, -EVENTS.length) : tail
  if (address === '') return url
  const query = queryAt < 0 ? '' : url.slice(queryAt)
  try {
    return `${TREE}${encodeURIComponent(decodeURIComponent(address))}${isEvents ? EVENTS : ''}${query}`
  } catch {
    // Bad percent-encoding is left for the router to refuse.
    return url
  }
}
