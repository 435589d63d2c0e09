import { DOORS, isTestOnly, type Layer, LAYERS } from './layers.ts'
import type { Import } from './imports.ts'
import { isInside } from './is-inside.ts'
import type { SourceFile } from './project-files.ts'

/**
 * Every import against the direction of the layers, as `FILE:LINE imports TARGET: WHY`. Tests and benchmarks
 * sit beside the code that they drive and may import what they need to drive it, except one another.
 *
 * @param dependencies the packages that a user gets with the product
 */
export function checkLayers(files: readonly SourceFile[], dependencies: readonly string[]): string[] {
  return files.flatMap(file =>
    file.imports.flatMap(found => describe(file, found, objection(file, found, dependencies))),
  )
}

function describe(file: SourceFile, found: Import, why: string | undefined): string[] {
  return why === undefined ? [] : [`${file.path}:${found.line} imports ${found.target}: ${why}`]
}

function objection(file: SourceFile, found: Import, dependencies: readonly string[]): string | undefined {
  if (found.target.endsWith('.test.ts')) return 'A test is imported by nobody.'
  if (isTestOnly(file.path)) return undefined
  const layer = LAYERS.find(candidate => isInside(file.path, candidate.folder))
  if (layer === undefined) return 'It lies in no layer: see simulations/tidy/layers.ts.'
  if (found.kind === 'file') return fileObjection(file.path, found.target, layer)
  return found.kind === 'package' ? packageObjection(file.path, found, layer, dependencies) : undefined
}

function fileObjection(path: string, target: string, layer: Layer): string | undefined {
  if (isTestOnly(target)) return 'What ships never imports what only tests.'
  const own = layer.separate === true ? ownFolder(path, layer.folder) : layer.folder
  return [own, ...layer.mayImport].some(folder => isInside(target, folder)) ? undefined : layer.why
}

/** `actors/job` for a file below it; a file that lies in the layer's folder itself sees all of the layer. */
function ownFolder(path: string, folder: string): string {
  const [name, ...rest] = path.slice(folder.length + 1).split('/')
  return rest.length === 0 ? folder : `${folder}/${name}`
}

function packageObjection(
  path: string,
  found: Import,
  layer: Layer,
  dependencies: readonly string[],
): string | undefined {
  const door = DOORS[found.target]
  if (door !== undefined && !isInside(path, door)) return `Only ${door} knows this package.`
  if (layer.packages !== undefined && !layer.packages.includes(found.target)) return layer.why
  if (found.typeOnly || dependencies.includes(found.target)) return undefined
  return 'It is no dependency in package.json: users would not have it.'
}
