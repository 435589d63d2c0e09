/** Whether a path is that file, or lies in that folder. */
export function isInside(path: string, fileOrFolder: string): boolean {
  return path === fileOrFolder || path.startsWith(`${fileOrFolder}/`)
}
