import { get } from 'node:http'
import type { BenchContext } from '../bench.ts'

/** Follows the public events of a central; `onEvent` is called once for each with its type and data. */
export function followEvents(
  context: BenchContext,
  url: string,
  apiKey: string,
  onEvent: (type: string, data: Readonly<Record<string, unknown>>) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-api-key': apiKey, accept: 'text/event-stream' }
    const asked = get(`${url}/api/v1/events`, { headers }, answer => {
      if (answer.statusCode !== 200) return reject(new Error(`events answered ${answer.statusCode}`))
      let rest = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        const frames = (rest + text).split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1]
          if (data === undefined) continue
          const event = JSON.parse(data) as { type: string; data: Readonly<Record<string, unknown>> }
          onEvent(event.type, event.data)
        }
      })
      resolve()
    })
    asked.once('error', reject)
    context.teardown(() => void asked.destroy())
  })
}
