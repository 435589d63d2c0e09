import { type ErrorObject } from 'ajv'
import { hintFor } from './nearest-name.ts'
import type { Problem } from './problems.ts'
import { pointerOf } from './json-pointer.ts'

/** What a failed schema check expected, in words, at the pointer that a reader should look at. */
export function problemOf(error: ErrorObject): Problem {
  const { instancePath: at, params } = error
  switch (error.keyword) {
    case 'additionalProperties': {
      const field = String(params['additionalProperty'])
      const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {})
      const hint = hintFor(field, known)
      return {
        pointer: at + pointerOf([field]),
        message: `unknown field; expected one of ${known.join(', ')}${hint}`,
      }
    }
    case 'required':
      return { pointer: at, message: `expected the field "${String(params['missingProperty'])}"` }
    case 'type':
      return { pointer: at, message: `expected ${withArticle(String(params['type']))}` }
    case 'const':
      return { pointer: at, message: `expected ${JSON.stringify(params['allowedValue'])}` }
    case 'enum':
      return { pointer: at, message: `expected one of ${JSON.stringify(params['allowedValues'])}` }
    case 'pattern':
      return { pointer: at, message: `expected ${describe(error)}` }
    case 'propertyNames':
      return {
        pointer: at + pointerOf([String(params['propertyName'])]),
        message: 'expected a name as the key',
      }
    case 'minItems':
    case 'minProperties':
    case 'minLength':
      return { pointer: at, message: `expected at least ${String(params['limit'])} ${unit(error.keyword)}` }
    case 'maxItems':
    case 'maxProperties':
    case 'maxLength':
      return { pointer: at, message: `expected at most ${String(params['limit'])} ${unit(error.keyword)}` }
    default:
      return { pointer: at, message: `expected a value that ${error.message ?? error.keyword}` }
  }
}

/** Whether another error already says it better: the failed branch inside `propertyNames`. */
export function isEcho(error: ErrorObject): boolean {
  return error.propertyName !== undefined
}

function describe(error: ErrorObject): string {
  const description: unknown = error.parentSchema?.['description']
  return typeof description === 'string'
    ? description.replace(/\.$/, '')
    : `text like ${String(error.params['pattern'])}`
}

function unit(keyword: string): string {
  if (keyword.endsWith('Items')) return 'elements'
  return keyword.endsWith('Length') ? 'characters' : 'fields'
}

function withArticle(type: string): string {
  if (type === 'null') return 'null'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}
