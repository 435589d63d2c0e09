import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { REFERENCE_FOLDER, renderReference } from './render-reference.ts'

// Run as a program: writes docs/reference anew. Pages of codes that are gone go too.
const files = await renderReference()
const errorPages = new URL('errors/', REFERENCE_FOLDER)
mkdirSync(errorPages, { recursive: true })
for (const name of readdirSync(errorPages))
  if (!files.has(`errors/${name}`)) rmSync(new URL(name, errorPages))
for (const [path, text] of files) writeFileSync(new URL(path, REFERENCE_FOLDER), text)
process.stderr.write(`wrote ${files.size} files of docs/reference\n`)
