import test from 'ava'
import * as fc from 'fast-check'
import { type ErrorDetail, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { isName, isPath } from '../../actors/vocabulary/names.ts'
import { parseManifests } from './parse-manifests.ts'
import { nameSchema, pathSchema } from './schemas.ts'

const policyNames = new Map([
  ['strong', { type: 'object', additionalProperties: false }],
  [
    'eventual',
    {
      type: 'object',
      additionalProperties: false,
      properties: { quorum: { type: 'string' }, floor: { type: 'integer', minimum: 0 } },
    },
  ],
])

const VALID = `# what a team keeps in its repository
apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: /teams/payments/stripe, labels: { tier: critical } }
spec:
  entries:
    api-version: 2024-01-01
    rate-limit: 1000
    nested: { list: [1, 2.5, true, null, no], text: "a\\u00e9" }
    webhook-secret: { $secret: "vault://kv/stripe#webhook" }
---
apiVersion: konorkestra/v1
kind: Policy
metadata: { name: careful }
spec: { uses: eventual, with: { quorum: 60%, floor: 1 } }
---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: payments-prod }
spec:
  sets: [/environments/prod, /teams/payments/stripe]
  policy: careful
`

function parse(text: string) {
  return parseManifests([{ file: 'm.yaml', text }], policyNames)
}

function refusalOf(run: () => unknown): KonorError {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof KonorError) return thrown
    throw thrown
  }
  throw new Error('nothing was refused')
}

function problemsOf(text: string): string[] {
  const error = refusalOf(() => parse(text))
  return error.errors.map(({ line, pointer, message }) => `${line} ${pointer} ${message}`)
}

const withEntries = (lines: string) =>
  `apiVersion: konorkestra/v1\nkind: ConfigSet\nmetadata: { path: /a }\nspec:\n  entries:\n${lines}\n`

test('documents keep their order, their values and the line they begin at', t => {
  t.deepEqual(parse(VALID), [
    {
      kind: 'ConfigSet',
      path: '/teams/payments/stripe',
      labels: { tier: 'critical' },
      entries: {
        'api-version': '2024-01-01',
        'rate-limit': 1000,
        nested: { list: [1, 2.5, true, null, 'no'], text: 'aé' },
        'webhook-secret': { $secret: 'vault://kv/stripe#webhook' },
      },
      origin: { file: 'm.yaml', line: 2 },
    },
    {
      kind: 'Policy',
      name: 'careful',
      labels: {},
      uses: 'eventual',
      with: { quorum: '60%', floor: 1 },
      origin: { file: 'm.yaml', line: 12 },
    },
    {
      kind: 'Group',
      name: 'payments-prod',
      labels: {},
      sets: ['/environments/prod', '/teams/payments/stripe'],
      policy: 'careful',
      origin: { file: 'm.yaml', line: 17 },
    },
  ])
})

test('JSON means the same, also with escaped surrogate pairs', t => {
  const entries = { a: 1, b: [true, null, 1.5, '\u{1f600}/"\\\n'], c: {} }
  const document = {
    apiVersion: 'konorkestra/v1',
    kind: 'ConfigSet',
    metadata: { path: '/a' },
    spec: { entries },
  }
  const text = JSON.stringify(document, null, '\t').replaceAll('\u{1f600}', String.raw`\ud83d\ude00`)
  const [parsed] = parse(text)
  t.like(parsed, { path: '/a', entries })
})

test('JSON values survive the reader unchanged', t => {
  const value = fc.jsonValue({ maxDepth: 5, noUnicodeString: false })
  const canonical = value.filter(v => !holdsInexact(v) && !holdsReserved(v))
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), canonical), entries => {
      const document = {
        apiVersion: 'konorkestra/v1',
        kind: 'ConfigSet',
        metadata: { path: '/a' },
        spec: { entries },
      }
      // The comment makes it YAML: both readers must agree.
      for (const text of [JSON.stringify(document), `# YAML\n${JSON.stringify(document)}`]) {
        const [parsed] = parse(text)
        t.like(parsed, { kind: 'ConfigSet' })
        t.is(JSON.stringify(parsed?.kind === 'ConfigSet' ? parsed.entries : null), JSON.stringify(entries))
      }
    }),
    { numRuns: 200 },
  )
})

test('JSON with a trap is refused at its line, also where JSON.parse would not mind', t => {
  const withEntry = (entry: string) =>
    `\n{ "apiVersion": "konorkestra/v1", "kind": "ConfigSet",\n  "metadata": { "path": "/a" },\n  "spec": { "entries": {\n    ${entry}\n} } }`
  const cases: readonly (readonly [string, string])[] = [
    [String.raw`"a": "x\\\": :", "a": 2`, '5 /spec/entries/a'],
    ['"a": -0', '5 /spec/entries/a'],
    ['"a": [1e400]', '5 /spec/entries/a/0'],
    ['"a": 9007199254740993', '5 /spec/entries/a'],
    [String.raw`"a": "\ud800"`, '5 /spec/entries/a'],
    ['"A": 1', '5 /spec/entries/A'],
  ]
  for (const [entry, place] of cases) {
    const [found] = problemsOf(withEntry(entry))
    t.true(found?.startsWith(`${place} `), `${entry} gave ${found}`)
  }
  t.like(parse(withEntry(String.raw`"a": "x\\\": :\\", "b": { "a": ":" }`))[0], {
    entries: { a: String.raw`x\": :` + '\\', b: { a: ':' } },
    origin: { file: 'm.yaml', line: 2 },
  })
})

function holdsInexact(value: unknown): boolean {
  if (typeof value === 'number')
    return Object.is(value, -0) || (Number.isInteger(value) && !Number.isSafeInteger(value))
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, item]) => !key.isWellFormed() || holdsInexact(item))
}

function holdsReserved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, item]) => key === '$secret' || key === '$sealed' || holdsReserved(item),
  )
}

test('every problem of every file is told at once, each at its place', t => {
  const error = refusalOf(() =>
    parseManifests(
      [
        {
          file: 'a.yaml',
          text: VALID.replace('rate-limit: 1000', 'Rate_Limit: 1000').replace('floor: 1', 'floor: -1'),
        },
        { file: 'b.yaml', text: 'apiVersion: konorkestra/v1\nkind: Gruop\nmetadata: {}\nspec: {}' },
      ],
      policyNames,
    ),
  )
  t.is(error.code, 'KONOR_MANIFEST_INVALID')
  t.deepEqual(
    error.errors.map(({ file, line, pointer }) => `${file}:${line} ${pointer}`),
    ['a.yaml:8 /spec/entries/Rate_Limit', 'a.yaml:15 /spec/with/floor', 'b.yaml:2 /kind'],
  )
  t.regex(error.errors[2]?.message ?? '', /did you mean "Group"/)
})

test('unknown and missing fields are named, with a hint', t => {
  t.deepEqual(
    problemsOf(
      'apiVersion: konorkestra/v1\nkind: Group\nmetadata: { name: a }\nspec:\n  sets: [/a]\n  polcy: strong',
    ),
    [
      '4 /spec expected the field "policy"',
      '6 /spec/polcy unknown field; expected one of sets, policy (did you mean "policy"?)',
    ],
  )
  t.deepEqual(
    problemsOf('apiVersion: konorkestra/v2\nkind: Policy\nmetadata: { name: a }\nspec: { uses: evntual }'),
    ['1 /apiVersion expected "konorkestra/v1"'],
  )
  t.regex(
    problemsOf(VALID.replace('uses: eventual', 'uses: evntual'))[0] ?? '',
    /^15 \/spec\/uses .*did you mean "eventual"/,
  )
  t.regex(problemsOf(VALID.replace('name: careful', 'name: strong'))[0] ?? '', /^14 \/metadata\/name/)
})

test('values that YAML reads by surprise are refused where they stand', t => {
  const cases: readonly (readonly [string, string])[] = [
    ['    a: 1\n    a: 2', '7 /spec/entries/a'],
    ['    a: -0', '6 /spec/entries/a'],
    ['    a: -0.0', '6 /spec/entries/a'],
    ['    a: .nan', '6 /spec/entries/a'],
    ['    a: -.inf', '6 /spec/entries/a'],
    ['    a: 1e400', '6 /spec/entries/a'],
    ['    a: 9007199254740993', '6 /spec/entries/a'],
    ['    a: 1e20', '6 /spec/entries/a'],
    ['    a:\n      - 1\n      - [2, -9007199254740992]', '8 /spec/entries/a/1/1'],
    ['    1: a', '6 /spec/entries'],
    ['    true: a', '6 /spec/entries'],
    ['    ? [a, b]\n    : 1', '6 /spec/entries'],
    ['    a: &x { b: 1 }\n    c: { <<: *x }', '7 /spec/entries/c'],
    ['    a: *missing', '6 /spec/entries/a'],
    ['    a: &self [*self]', '6 /spec/entries/a/0'],
    ['    a: !!binary aGk=', '6 '],
    ['    a: !!set { b, c }', '6 '],
    ['    a: !mine 1', '6 '],
    ['    a: "\\ud800"', '6 /spec/entries/a'],
    ['    a: { $secret: x, b: 1 }', '6 /spec/entries/a'],
    ['    a: { $secret: 1 }', '6 /spec/entries/a/$secret'],
    ['    a: [{ $secret: "" }]', '6 /spec/entries/a/0/$secret'],
    ['    a: { $sealed: x }', '6 /spec/entries/a/$sealed'],
    ['    __proto__: 1', '6 /spec/entries/__proto__'],
    [`    a: ${'['.repeat(33)}${']'.repeat(33)}`, `6 /spec/entries/a${'/0'.repeat(32)}`],
    ['    a: [1, 2', '7 '],
  ]
  for (const [lines, place] of cases) {
    const found = problemsOf(withEntries(lines))
    t.true(found[0]?.startsWith(`${place} `), `${lines} gave ${JSON.stringify(found)}`)
  }
})

test('what YAML 1.1 would have read otherwise stays what it looks like', t => {
  const [document] = parse(
    withEntries(
      '    a: 2024-01-01\n    b: no\n    c: 1_000\n    d: 12:30:45\n    e: 0x10\n    f: &x [1]\n    g: *x',
    ),
  )
  t.like(document, {
    entries: { a: '2024-01-01', b: 'no', c: '1_000', d: '12:30:45', e: 16, f: [1], g: [1] },
  })
  t.regex(problemsOf(`%YAML 1.1\n---\n${withEntries('    a: yes')}`)[0] ?? '', /%YAML 1\.2/)
})

test('bombs are refused within their bounds', t => {
  const laughs = Array.from({ length: 30 }, (_, n) => `    k${n + 1}: &k${n + 1} [*k${n}, *k${n}]`)
  const bomb = withEntries(`    k0: &k0 "ha"\n${laughs.join('\n')}`)
  t.regex(problemsOf(bomb)[0] ?? '', /aliases that add at most/)
  t.regex(problemsOf(withEntries(`    a: ${'['.repeat(100_000)}`))[0] ?? '', /nesting/)
  t.regex(problemsOf(withEntries(`    a: ${'- '.repeat(100_000)}`))[0] ?? '', /nesting|expected YAML/)
  t.regex(problemsOf(withEntries(`    a: [${'1,'.repeat(600_000)}]`))[0] ?? '', /tokens/)
  t.is(refusalOf(() => parse(`# ${'x'.repeat(20 * 1024 * 1024)}`)).code, 'KONOR_MANIFEST_TOO_LARGE')
  t.is(refusalOf(() => parse('---\n{a: 1}\n'.repeat(1001))).code, 'KONOR_MANIFEST_TOO_LARGE')
  const many = Array.from({ length: 10_001 }, (_, n) => `    k${n}: 1`).join('\n')
  t.regex(problemsOf(withEntries(many))[0] ?? '', /at most 10000/)
  const wide = Array.from({ length: 500 }, (_, n) => `    K${n}: 1`).join('\n')
  t.is(problemsOf(withEntries(wide)).length, 101)
})

test('kinds that come later are told apart from mistakes', t => {
  const namespace = 'apiVersion: konorkestra/v1\nkind: Namespace\nmetadata: { path: /a }\nspec: {}\n'
  t.is(refusalOf(() => parse(`${VALID}---\n${namespace}`)).code, 'KONOR_MANIFEST_KIND_UNAVAILABLE')
  t.is(refusalOf(() => parse(`${namespace}---\nkind: 1\n`)).code, 'KONOR_MANIFEST_INVALID')
})

test('one thing is declared once in a job, and nothing is not a job', t => {
  t.deepEqual(problemsOf(`${withEntries('    a: 1')}---\n${withEntries('    a: 1')}`), [
    '8 /metadata/path expected ConfigSet /a once in a job; it is also declared at m.yaml:1',
  ])
  t.deepEqual(problemsOf('# nothing\n---\n---\n'), ['1  expected at least one document'])
  t.is(refusalOf(() => parseManifests([], policyNames)).code, 'KONOR_MANIFEST_INVALID')
})

test('the schemas accept exactly the names and paths of the vocabulary', t => {
  const accepts = (schema: { minLength: number; maxLength: number; pattern: string }, text: string) =>
    text.length >= schema.minLength &&
    text.length <= schema.maxLength &&
    new RegExp(schema.pattern, 'u').test(text)
  const near = fc.array(fc.constantFrom('a', 'z9', '-', '.', '_', '/', 'A', ' ', '\n', 'x'.repeat(64)), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(near, parts => {
      const text = parts.join('')
      t.is(accepts(nameSchema, text), isName(text), JSON.stringify(text))
      t.is(accepts(pathSchema, `/${text}`), isPath(`/${text}`), JSON.stringify(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a mutated manifest is accepted whole or refused with places, and never crashes', t => {
  const mutation = fc.record({
    at: fc.nat(VALID.length),
    cut: fc.nat(20),
    put: fc.oneof(
      fc.constantFrom('', '---\n', '&a ', '*a', '{', '[', ': ', '- ', '!!', '"', '\t', '%YAML 1.1\n', '? '),
      fc.string(),
    ),
  })
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), mutations => {
      const text = mutations.reduce(
        (text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut),
        VALID,
      )
      try {
        const documents = parse(text)
        t.true(documents.length > 0)
        for (const { kind } of documents) t.true(['ConfigSet', 'Group', 'Policy'].includes(kind))
      } catch (thrown) {
        if (!(thrown instanceof KonorError)) throw thrown
        t.true(thrown.errors.length > 0)
        for (const detail of thrown.errors) t.true(isPlaced(detail, text), JSON.stringify(detail))
      }
    }),
    { numRuns: 1_500 },
  )
})

function isPlaced(detail: ErrorDetail, text: string): boolean {
  const { file, line, pointer, message } = detail
  if (file !== 'm.yaml' || pointer === undefined || line === undefined || message === '') return false
  return line >= 1 && line <= text.split('\n').length + 1 && (pointer === '' || pointer.startsWith('/'))
}
