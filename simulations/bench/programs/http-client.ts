import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly text: string
}

/** Asks one server over connections that stay open, as a program that writes a lot would. */
export interface HttpClient {
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  close(): void
}

/** `connections` at most are open at once; requests past them wait for one. */
export function createHttpClient(url: string, apiKey: string, connections: number): HttpClient {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    send: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body)
        const content =
          text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
        const options = {
          hostname,
          port,
          method,
          path,
          agent,
          headers: { 'x-api-key': apiKey, ...content, ...headers },
        }
        const asked = request(options, answer => {
          let received = ''
          answer
            .setEncoding('utf8')
            .on('data', (part: string) => (received += part))
            .once('end', () => resolve({ status: answer.statusCode ?? 0, text: received }))
            .once('error', reject)
        })
        asked.once('error', reject)
        asked.end(text)
      }),
    close: () => agent.destroy(),
  }
}

/** The body of an answer that must have the status; anything else is an error that shows what came. */
export function expectStatus({ status, text }: Answer, expected: number): unknown {
  if (status !== expected) throw new Error(`expected ${expected}, got ${status}: ${text.slice(0, 500)}`)
  return text === '' ? undefined : JSON.parse(text)
}
