/** One attempt to hand a body to a receiver. */
export interface DeliveryPost {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

/** Sends it and answers the status; what else the receiver says is not read. Throws when nothing was answered. */
export type PostDelivery = (post: DeliveryPost) => Promise<number>

/** Over HTTP. A redirect is an answer like any other: following one would let a receiver choose whom we talk to. */
export const postOverHttp: PostDelivery = async ({ url, headers, body, signal }) => {
  const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal })
  await response.body?.cancel()
  return response.status
}
