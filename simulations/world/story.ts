/** Lines that a story keeps; of a longer run the last ones. */
export const STORY_LINES_MAX = 20_000

export interface StoryLine {
  readonly atMs: number
  readonly who: string
  readonly what: string
}

/** What a person needs in order to follow a run: who did what when. Not every message. */
export class Story {
  #lines: StoryLine[] = []

  tell(atMs: number, who: string, what: string): void {
    this.#lines.push({ atMs, who, what })
    if (this.#lines.length > STORY_LINES_MAX * 2) this.#lines = this.#lines.slice(-STORY_LINES_MAX)
  }

  get lines(): readonly StoryLine[] {
    return this.#lines
  }

  /** `    12.345 s  n2/agent     crashes`, one line each. */
  text(): string {
    const width = Math.max(0, ...this.#lines.map(({ who }) => who.length))
    return this.#lines
      .map(
        ({ atMs, who, what }) =>
          `${(atMs / 1_000).toFixed(3).padStart(10)} s  ${who.padEnd(width)}  ${what}\n`,
      )
      .join('')
  }
}
