import { PAGE_ITEMS_MAX } from '../../api/api-limits.ts'
import type { Page } from '../../engine/views.ts'
import { createRequester, type Query, readJson, refusalIn, type RequesterOptions } from './requester.ts'

export interface Body {
  readonly type: string
  readonly text: string
}

export interface WriteOptions {
  readonly query?: Query
  readonly body?: Body
  readonly headers?: Readonly<Record<string, string>>
}

/** A central over HTTP. All throw `RemoteError` for a problem, `KONOR_CLI_UNREACHABLE` or `…_TIMED_OUT` otherwise. */
export interface Client {
  readonly url: string
  get<View>(path: string, query?: Query): Promise<View>
  /** All items of a list, page by page. */
  list<Item>(path: string, query?: Query): Promise<Item[]>
  /** A write; its idempotency key lets it be repeated when the answer got lost. */
  write<View>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: WriteOptions,
  ): Promise<View>
  /** An open answer of server-sent events; ends with the signal. */
  stream(path: string, query: Query, lastEventId: string | undefined, signal: AbortSignal): Promise<Response>
}

export function createClient(options: RequesterOptions): Client {
  const requester = createRequester(options)
  const { base, ask } = requester
  const get = async <View>(path: string, query: Query = {}): Promise<View> =>
    readJson<View>(await ask(path, { ...query, index: requester.index() }, {}), base)

  return {
    url: base,
    get,
    async list<Item>(path: string, query: Query = {}) {
      const items: Item[] = []
      let cursor: string | undefined
      do {
        const page = await get<Page<Item>>(path, { ...query, limit: PAGE_ITEMS_MAX, cursor })
        items.push(...page.items)
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      return items
    },
    async write<View>(method: string, path: string, { query = {}, body, headers }: WriteOptions = {}) {
      const idempotencyKey = Buffer.from(options.random.bytes(16)).toString('hex')
      const response = await ask(path, query, {
        method,
        headers: {
          'idempotency-key': idempotencyKey,
          ...(body === undefined ? {} : { 'content-type': body.type }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: body.text }),
      })
      return response.status === 204 ? (undefined as View) : readJson<View>(response, base)
    },
    async stream(path, query, lastEventId, signal) {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      }
      const response = await requester.send(path, query, { headers, signal })
      if (!response.ok) throw await refusalIn(response, base)
      return response
    },
  }
}

/** A JSON body. */
export function jsonBody(value: unknown): Body {
  return { type: 'application/json', text: JSON.stringify(value) }
}
