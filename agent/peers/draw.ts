import type { Random } from '../../runtime/ports/random.ts'

/** So many of them, each as likely as any other, in random order. */
export function draw<T>(items: readonly T[], count: number, random: Random): T[] {
  const left = [...items]
  const drawn: T[] = []
  while (drawn.length < count && left.length > 0)
    drawn.push(...left.splice(Math.floor(random.fraction() * left.length), 1))
  return drawn
}
