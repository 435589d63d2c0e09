export interface StreamedEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

/** Longest single line that is read: a server that sends more is not one of ours. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024

/** The events of a `text/event-stream` body (HTML standard, 9.2.6). An id without data only moves the position. */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
  onPosition: (id: string) => void,
): AsyncGenerator<StreamedEvent> {
  let id: string | undefined
  let event = ''
  let data: string[] = []
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (id !== undefined) onPosition(id)
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') }
      event = ''
      data = []
      continue
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'id') id = value
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    if (rest.length > LINE_LENGTH_MAX) throw new RangeError('a line of the event stream is too long')
    const lines = rest.split(/\r?\n/)
    rest = lines.pop() ?? ''
    yield* lines
  }
}
