/** One text that holds manifests: its name (a file, or `request`) is what errors point at. */
export interface ManifestSource {
  readonly file: string
  readonly text: string
}
