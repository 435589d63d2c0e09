import type { Command } from 'commander'

/** The program that a command belongs to. */
export function rootOf(command: Command): Command {
  let root = command
  while (root.parent !== null) root = root.parent
  return root
}
