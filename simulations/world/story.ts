/** Lines that a story keeps; of a longer run the last ones. */
export const STORY_LINES_MAX = 20_000

export interface StoryLine {
  readonly atMs: number
  readonly who: string
  /** In the past tense: several may have done it together. */
  readonly what: string
  /** `turn`: a turn of events, which nothing told before or after it moves past. `log`: what a program logged. */
  readonly kind?: 'turn' | 'log'
}

/** What a person needs in order to follow a run: who did what when. Not every message. */
export class Story {
  #lines: StoryLine[] = []

  tell(line: StoryLine): void {
    this.#lines.push(line)
    if (this.#lines.length > STORY_LINES_MAX * 2) this.#lines = this.#lines.slice(-STORY_LINES_MAX)
  }

  get lines(): readonly StoryLine[] {
    return this.#lines
  }
}
