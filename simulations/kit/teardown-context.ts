/**
 * The part of AVA's `t` with which the kit cleans up after a test. AVA runs teardowns last in, first out: a
 * program that was started in a directory is gone before the directory is.
 */
export interface TeardownContext {
  teardown(fn: () => void | Promise<void>): void
}
