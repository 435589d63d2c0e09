import test from 'ava'
import { createPinoLogger } from './pino-logger.ts'

function collecting(pretty: boolean, level: 'debug' | 'warn' = 'debug') {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return { lines, logger: createPinoLogger({ level, pretty, name: 'konor-test', destination }) }
}

test('one JSON line an event, with the fields of its parents', t => {
  const { lines, logger } = collecting(false)
  logger.child({ job: 'job/1' }).info({ node: 'n1' }, 'staged')
  t.is(lines.length, 1)
  t.like(JSON.parse(lines[0] ?? ''), {
    name: 'konor-test',
    level: 30,
    job: 'job/1',
    node: 'n1',
    msg: 'staged',
  })
})

test('below its level nothing is written', t => {
  const { lines, logger } = collecting(false, 'warn')
  logger.info({}, 'quiet')
  logger.warn({}, 'loud')
  t.is(lines.length, 1)
})

test('what looks like a secret is censored, in fields, nested fields and children', t => {
  const { lines, logger } = collecting(false)
  logger.info({ token: 'S3CRET', a: { secret: 'S3CRET', b: { password: 'S3CRET' } } }, 'x')
  logger.child({ apiKey: 'S3CRET' }).error({ headers: { 'x-api-key': 'S3CRET', cookie: 'S3CRET' } }, 'y')
  logger.info({ request: { headers: { deep: { authorization: 'S3CRET' } } } }, 'z')
  t.is(lines.length, 3)
  t.notRegex(lines.join(''), /S3CRET/)
  t.regex(lines.join(''), /\[redacted\]/)
})

test('an error keeps its code and cause', t => {
  const { lines, logger } = collecting(false)
  logger.error({ err: new TypeError('outer', { cause: new Error('inner') }) }, 'failed')
  t.regex(lines[0] ?? '', /outer.*inner/)
})

test('pretty lines are read by a person', t => {
  const { lines, logger } = collecting(true)
  logger.warn({ group: 'payments', count: 3 }, 'slow peer')
  t.regex(
    lines[0] ?? '',
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}slow peer name=konor-test group=payments count=3\n$/,
  )
})
