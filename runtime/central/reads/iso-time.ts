/** Wall milliseconds as ISO 8601 UTC: the form of every time that a reader gets. */
export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
