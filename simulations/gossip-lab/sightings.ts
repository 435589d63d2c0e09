import type { SightKind } from './member-words.ts'

/** What one member came to believe of another, and when the driver heard of it. */
export interface Sighting {
  readonly by: string
  readonly sight: SightKind
  readonly of: string
  /** Monotonic. */
  readonly atMs: number
}

/** Who sees whom, of a whole pack, and whoever was declared dead while it lived. */
export class Sightings {
  readonly #began = new Map<string, number>()
  readonly #views = new Map<string, Set<string>>()
  readonly #expectedDown = new Set<string>()
  readonly #downs = new Map<string, Sighting[]>()
  readonly #ups = new Map<string, Sighting[]>()
  readonly #falseDeaths: Sighting[] = []
  #suspicions = 0

  /** A member begins, or begins again, and sees itself alone. */
  began(name: string, atMs: number): void {
    this.#expectedDown.delete(name)
    this.#views.set(name, new Set())
    this.#began.set(name, atMs)
  }

  beganAtMs(name: string): number {
    return this.#began.get(name) ?? Number.NaN
  }

  /** A member is about to end: what is said of it from now on is true, and what it says counts no more. */
  ends(name: string): void {
    this.#expectedDown.add(name)
    this.#views.delete(name)
  }

  add(sighting: Sighting): void {
    const { by, sight, of } = sighting
    const view = this.#views.get(by)
    if (view === undefined) return
    if (sight === 'up') {
      view.add(of)
      this.#ups.set(of, [...(this.#ups.get(of) ?? []), sighting])
    }
    if (sight === 'suspect' && !this.#expectedDown.has(of)) this.#suspicions++
    if (sight === 'down' || sight === 'left') view.delete(of)
    if (sight !== 'down') return
    this.#downs.set(of, [...(this.#downs.get(of) ?? []), sighting])
    if (!this.#expectedDown.has(of)) this.#falseDeaths.push(sighting)
  }

  /** Members that were declared dead while they lived, each time that somebody did. */
  get falseDeaths(): readonly Sighting[] {
    return this.#falseDeaths
  }

  /** Suspicions of members that lived. */
  get falseSuspicions(): number {
    return this.#suspicions
  }

  /** When each of the living came to hold it dead, in order. */
  deathTimesMs(of: string): number[] {
    return (this.#downs.get(of) ?? []).map(({ atMs }) => atMs)
  }

  /** When each of the others came to see it, in order. */
  arrivalTimesMs(of: string): number[] {
    return (this.#ups.get(of) ?? []).map(({ atMs }) => atMs)
  }

  /** Whether every member sees every other, and nobody else. */
  get agreed(): boolean {
    const living = [...this.#views.keys()]
    return living.every(name => this.#holds(name, living))
  }

  /** Whether every one of `observers` sees the other ones of `seen` and nobody else. */
  agree(observers: readonly string[], seen: readonly string[]): boolean {
    return observers.every(name => this.#holds(name, seen))
  }

  /** Whether everyone else sees it. */
  isSeenByAll(of: string): boolean {
    return [...this.#views].every(([name, view]) => name === of || view.has(of))
  }

  /** Whether nobody sees it any more. */
  isSeenByNone(of: string): boolean {
    return [...this.#views.values()].every(view => !view.has(of))
  }

  describe(): string {
    return [...this.#views].map(([name, view]) => `${name}: ${[...view].toSorted().join(' ')}`).join('\n')
  }

  #holds(name: string, seen: readonly string[]): boolean {
    const view = this.#views.get(name)
    const others = seen.filter(other => other !== name)
    return view !== undefined && view.size === others.length && others.every(other => view.has(other))
  }
}
