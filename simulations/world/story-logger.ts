import type { Logger } from '../../runtime/ports/logger.ts'
import type { Program } from './program.ts'

/** What a program warns of belongs to the story; the rest would hide it. */
export function createStoryLogger(program: Pick<Program, 'name' | 'machine' | 'isAlive'>): Logger {
  const { world } = program.machine
  const tell = (level: string) => (fields: object, message: string) => {
    if (program.isAlive) world.tell(program.name, `${level}: ${message}${textOf(fields)}`, 'log')
  }
  const logger: Logger = {
    debug() {},
    info: fields => program.isAlive && world.onInfo(program, fields),
    warn: tell('warned'),
    error: tell('failed'),
    child: () => logger,
  }
  return logger
}

function textOf(fields: object): string {
  const texts = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`)
  return texts.length === 0 ? '' : ` (${texts.join(' ')})`
}

function valueText(value: unknown): string {
  if (value instanceof Error)
    return 'code' in value ? `${String(value.code)}: ${value.message}` : value.message
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
}
