/** Local reasons to serve something else than what central wants: nobody is asked about that. */
export const LOCAL_REASONS: ReadonlySet<string> = new Set([
  'restart-before-applied',
  'corrupt-state',
  'corrupt-generation',
  'crash-loop',
])
