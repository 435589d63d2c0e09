const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'WARN', 50: 'ERROR' }
const FRAME_FIELDS = new Set(['level', 'time', 'msg', 'pid', 'hostname'])

/**
 * One JSON log line as a person reads it: `12:30:01.123 info  message key=value …`, in UTC. A line that is
 * not such JSON is given as it stands, so that nothing is hidden.
 */
export function prettyLogLine(line: string): string {
  const record = parse(line)
  if (record === undefined) return line
  const time = typeof record.time === 'number' ? new Date(record.time).toISOString().slice(11, 23) : ''
  const level = (typeof record.level === 'number' && LEVELS[record.level]) || String(record.level)
  const fields = Object.entries(record)
    .filter(([name]) => !FRAME_FIELDS.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${time} ${level.padEnd(5)} ${String(record.msg ?? '')}${fields.join('')}\n`
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
