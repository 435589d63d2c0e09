import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { PROBLEM_MEDIA_TYPE, type Problem } from '../../api/problem.ts'
import { continueTrace } from '../../api/trace-context.ts'
import type { Random } from '../../ports/random.ts'
import { RemoteError } from './remote-error.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface RequesterOptions {
  readonly url: string
  readonly apiKey: string | undefined
  readonly timeoutMs: number
  readonly random: Random
  /** Told of each request, for `-v`. */
  readonly trace: (line: string) => void
}

/** Sends requests to one central under one trace. */
export interface Requester {
  readonly base: string
  /** One request; any answer is fine. */
  send(path: string, query: Query, init: RequestInit): Promise<Response>
  /** A request within the timeout, repeated where the central says that this helps; throws what it refuses. */
  ask(path: string, query: Query, init: RequestInit): Promise<Response>
  /** The newest index seen: reads pass it on, so that no replica shows what was before. */
  index(): string | undefined
}

const ATTEMPTS_MAX = 4

export function createRequester({ url, apiKey, timeoutMs, random, trace }: RequesterOptions): Requester {
  const traceparent = continueTrace(undefined, random)
  const base = url.replace(/\/+$/, '')
  let index: string | undefined

  const send = async (path: string, query: Query, init: RequestInit): Promise<Response> => {
    const address = addressOf(base, path, query)
    const headers = {
      accept: 'application/json',
      traceparent,
      ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
      ...(init.headers as Record<string, string> | undefined),
    }
    trace(`${init.method ?? 'GET'} ${address}`)
    const response = await attempt(base, () => fetch(address, { ...init, headers }), init.signal ?? undefined)
    trace(`  ${response.status}, trace ${traceparent.split('-')[1]}`)
    index = response.headers.get('konor-index') ?? index
    return response
  }

  const ask = async (path: string, query: Query, init: RequestInit): Promise<Response> => {
    const signal = AbortSignal.timeout(timeoutMs)
    for (let attemptNumber = 1; ; attemptNumber++) {
      const response = await send(path, query, { ...init, signal })
      if (response.ok) return response
      const error = await refusalIn(response, base)
      const mayRepeat = error.problem.retryable && (response.status === 429 || response.status === 503)
      if (!mayRepeat || attemptNumber === ATTEMPTS_MAX) throw error
      const delayMs = Number(response.headers.get('retry-after') ?? 1) * 1000 * (0.5 + random.fraction() / 2)
      await pause(delayMs, signal, error)
    }
  }

  return { base, send, ask, index: () => index }
}

function addressOf(base: string, path: string, query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? `${base}${path}` : `${base}${path}?${parameters}`
}

/** One request; a connection that broke after it stood is tried once more: every write carries an idempotency key. */
async function attempt(
  base: string,
  request: () => Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await request()
  } catch (first) {
    if (signal?.aborted === true) throw timedOut(base, first)
    if (causeCode(first) !== 'ECONNRESET') throw unreachable(base, first)
    return request().catch((second: unknown) => {
      throw unreachable(base, second)
    })
  }
}

function timedOut(base: string, cause: unknown): KonorError {
  return new KonorError('KONOR_CLI_TIMED_OUT', `${base} did not answer in time`, { cause })
}

function unreachable(base: string, cause: unknown): KonorError {
  const why = causeCode(cause)
  return new KonorError(
    'KONOR_CLI_UNREACHABLE',
    `no central answers at ${base}${why === undefined ? '' : ` (${why})`}`,
    {
      cause,
    },
  )
}

function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** What the central refused with. */
export async function refusalIn(response: Response, base: string): Promise<RemoteError> {
  if (response.headers.get('content-type')?.startsWith(PROBLEM_MEDIA_TYPE) !== true)
    throw new KonorError(
      'KONOR_CLI_UNEXPECTED_ANSWER',
      `${base} answered ${response.status} without a problem document`,
    )
  return new RemoteError(await readJson<Problem>(response, base))
}

/** The JSON of an answer. */
export async function readJson<View>(response: Response, base: string): Promise<View> {
  try {
    return (await response.json()) as View
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TimeoutError') throw timedOut(base, cause)
    throw new KonorError('KONOR_CLI_UNEXPECTED_ANSWER', `${base} answered something that is not JSON`, {
      cause,
    })
  }
}

function pause(delayMs: number, signal: AbortSignal, error: RemoteError): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delayMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(error)
    })
  })
}
