import test from 'ava'
import { importsOf } from './imports.ts'

function targets(text: string): string[] {
  return importsOf('runtime/journal/sqlite/open.ts', text).map(
    ({ kind, target, typeOnly }) => `${kind} ${target}${typeOnly ? ' (type)' : ''}`,
  )
}

test('files are named from the root, packages without their inner path', t => {
  t.deepEqual(
    targets(`
import sqlite from 'sqlite3'
import { a } from '@fastify/swagger/lib/x.js'
import { readFile } from 'node:fs/promises'
import {
  b,
  c,
} from '../journal.ts'
import './side-effect.ts'
export * from '../../ports/clock.ts'
export { d } from './d.ts'`),
    [
      'package sqlite3',
      'package @fastify/swagger',
      'builtin node:fs/promises',
      'file runtime/journal/journal.ts',
      'file runtime/journal/sqlite/side-effect.ts',
      'file runtime/ports/clock.ts',
      'file runtime/journal/sqlite/d.ts',
    ],
  )
})

test('an import of types alone is told apart', t => {
  t.deepEqual(targets(`import type { A } from './a.ts'`), ['file runtime/journal/sqlite/a.ts (type)'])
  t.deepEqual(targets(`import { type A, type B } from './a.ts'`), ['file runtime/journal/sqlite/a.ts (type)'])
  t.deepEqual(targets(`import { type A, b } from './a.ts'`), ['file runtime/journal/sqlite/a.ts'])
})

test('dynamic imports count, exported values with a string in them do not', t => {
  t.deepEqual(targets(`const x = await import('./later.ts')`), ['file runtime/journal/sqlite/later.ts'])
  t.deepEqual(targets(`export const name = 'not-a-package'`), [])
  t.deepEqual(targets(`export function f() {\n  return 'x'\n}`), [])
})
