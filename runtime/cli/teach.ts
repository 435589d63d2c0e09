import type { Command } from 'commander'

/** What the help of a verb teaches beside its flags. */
export interface Lesson {
  /** Command lines that work, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** What one does after it. */
  readonly next: string
}

const lessons = new WeakMap<Command, Lesson>()

/** Adds examples and the next step to the help of a verb, and keeps them for the reference. */
export function teach(command: Command, lesson: Lesson): Command {
  lessons.set(command, lesson)
  const width = Math.max(...lesson.examples.map(([line]) => line.length))
  const examples = lesson.examples.map(([line, does]) => `  $ ${line.padEnd(width)}   # ${does}`)
  return command.addHelpText('after', `\nExamples:\n${examples.join('\n')}\n\nNext: ${lesson.next}`)
}

export function lessonOf(command: Command): Lesson | undefined {
  return lessons.get(command)
}
