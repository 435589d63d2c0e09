import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EffectiveView, GroupNodeView, GroupView, JobView, Page } from '../../runtime/engine/views.ts'
import { pollUntil } from '../kit/poll-until.ts'

/** A central may stand still for long before it is killed: a request that hangs must not hang the test. */
const REQUEST_TIMEOUT_MS = 60_000
const ENDED = new Set(['succeeded', 'failed', 'cancelled'])

export interface Answer<Body = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** A write that was answered, with all that is needed to send it once more. */
export interface Accepted {
  readonly request: WriteRequest
  readonly idempotencyKey: string
  readonly job: string
}

export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

/** REST as a client speaks it whose central may be killed at any moment: it asks again until it is answered. */
export class ControlClient {
  readonly url: string
  readonly #keyFile: string
  /** Every write that a central promised to carry out. */
  readonly accepted: Accepted[] = []

  constructor(url: string, keyFile: string) {
    this.url = url
    this.#keyFile = keyFile
  }

  apiKey(): string {
    return readFileSync(this.#keyFile, 'utf8').trim()
  }

  /** One request, one answer; rejects when there is none. */
  async send<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        'X-API-Key': this.apiKey(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    }
  }

  /** Asks until a central answers 200. */
  async get<Body>(path: string): Promise<Body> {
    return pollUntil(
      `GET ${path} is answered`,
      async () => {
        const { status, body } = await this.send<Body>('GET', path)
        if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`)
        return { body }
      },
      { timeoutMs: REQUEST_TIMEOUT_MS },
    ).then(({ body }) => body)
  }

  /**
   * Sends a write until it is answered, always under the same idempotency key. 202: the job's id, which is
   * remembered as a promise. A refusal: undefined.
   */
  async submit(request: WriteRequest): Promise<string | undefined> {
    const idempotencyKey = randomUUID()
    const { status, body } = await this.#sendUntilAnswered<JobView>(request, idempotencyKey)
    if (status !== 202) return undefined
    this.accepted.push({ request, idempotencyKey, job: body.id })
    return body.id
  }

  /** The job that the same request under the same key gives now. */
  async repeat({ request, idempotencyKey }: Accepted): Promise<string | undefined> {
    const { status, body } = await this.#sendUntilAnswered<JobView>(request, idempotencyKey)
    return status === 202 ? body.id : undefined
  }

  /** Waits until the job ended, or is paused with its reason. */
  async settled(job: string, timeoutMs = 120_000): Promise<JobView> {
    let seen: JobView | undefined
    return pollUntil(
      `job ${job} ends`,
      async () => {
        seen = await this.get<JobView>(`/api/v1/jobs/${job}`)
        const isPaused = seen.state === 'paused' && seen.reason !== undefined
        return ENDED.has(seen.state) || isPaused ? seen : undefined
      },
      { timeoutMs, onTimeout: () => JSON.stringify(seen, null, 1) },
    )
  }

  async run(request: WriteRequest): Promise<JobView | undefined> {
    const job = await this.submit(request)
    return job === undefined ? undefined : this.settled(job)
  }

  /** Sets one key and follows the job to its end. */
  put(path: string, value: unknown): Promise<JobView | undefined> {
    return this.run({ method: 'PUT', path: `/api/v1/config/${path}`, body: { value } })
  }

  async effective(group: string): Promise<Readonly<Record<string, unknown>>> {
    const { entries } = await this.get<EffectiveView>(`/api/v1/groups/${group}/effective`)
    return entries
  }

  group(name: string): Promise<GroupView> {
    return this.get(`/api/v1/groups/${name}`)
  }

  async groupNodes(name: string): Promise<readonly GroupNodeView[]> {
    return (await this.get<Page<GroupNodeView>>(`/api/v1/groups/${name}/nodes`)).items
  }

  /** Every item of a list, page by page. */
  async all<Item>(path: string): Promise<readonly Item[]> {
    const items: Item[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: Page<Item> = await this.get(`${path}?limit=1000${query}`)
      items.push(...page.items)
      cursor = page.next
    }
    return items
  }

  #sendUntilAnswered<Body>({ method, path, body }: WriteRequest, key: string): Promise<Answer<Body>> {
    return pollUntil(
      `${method} ${path} is answered`,
      async () => {
        const answer = await this.send<Body>(method, path, body, { 'Idempotency-Key': key })
        if (answer.status === 503 || answer.status === 429) throw new Error(JSON.stringify(answer.body))
        return answer
      },
      { timeoutMs: REQUEST_TIMEOUT_MS },
    )
  }
}
