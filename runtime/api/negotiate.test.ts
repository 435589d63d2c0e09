import test from 'ava'
import { JSON_TYPE, negotiate, RAW_TYPE, YAML_TYPE } from './negotiate.ts'

const offered = [JSON_TYPE, YAML_TYPE, RAW_TYPE]

test('takes what the caller likes best, and the first offer when all are the same to it', t => {
  t.is(negotiate(undefined, offered), JSON_TYPE)
  t.is(negotiate('*/*', offered), JSON_TYPE)
  t.is(negotiate('text/yaml', offered), YAML_TYPE)
  t.is(negotiate('application/json;q=0.2, text/*;q=0.9', offered), RAW_TYPE)
  t.is(negotiate('application/octet-stream', offered), RAW_TYPE)
  t.is(negotiate('application/json;q=0, */*;q=0.1', offered), YAML_TYPE)
})

test('refuses what it does not have', t => {
  t.throws(() => negotiate('image/png', offered), { code: 'KONOR_API_NOT_ACCEPTABLE' })
  t.throws(() => negotiate('application/json;q=0', [JSON_TYPE]), { code: 'KONOR_API_NOT_ACCEPTABLE' })
})
