// Turns the log of a verification into one closing line, `N passed, N failed[, N skipped]`, and an exit code.
//
//   node .ci/closing-line.mjs LOG STATUS
//
// Plain JavaScript: it has to speak also when nothing compiles. AVA prints how many tests passed only when none failed,
// so with failures the ticks are counted instead. A log without a summary of AVA (formatting, lint or types failed
// before it) counts as one failure, and so does a run that ended badly although every test passed.
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const [logFile, statusText] = process.argv.slice(2)
const status = Number(statusText)
const lines = stripVTControlCharacters(readFileSync(logFile, 'utf8')).split('\n')

/** Sums the counts of all summary lines that match: `12 tests passed`, `1 uncaught exception`. */
function count(pattern) {
  return lines.reduce((sum, line) => sum + Number(pattern.exec(line)?.[1] ?? 0), 0)
}

// A test file that ends before its tests do leaves them "remaining": AVA's summary does not count those at all.
const abandoned = count(/^\s*✘ (\d+) tests? remaining in /)
const failed =
  abandoned +
  count(
    /^\s*(\d+) (?:tests? failed|hooks? failed|known failures?|unhandled rejections?|uncaught exceptions?|tests? timed out|tests? remained pending[^,]*)/,
  )
const summarized = count(/^\s*(\d+) tests? passed\b/)
const passed = summarized || lines.filter(line => /^\s*✔ /.test(line)).length
const skipped = count(/^\s*(\d+) tests? (?:skipped|todo)\b/)

const endedBadly = status !== 0 || passed === 0
const failures = failed === 0 && endedBadly ? 1 : failed
// Where the machine can have every program that the suite needs, a skipped test is one that nobody ran.
const skipForbidden = skipped > 0 && process.env.CI === 'true'
if (skipForbidden) console.log('Tests were skipped although CI=true: install what the log names as missing.')
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failures > 0 || skipForbidden ? status || 1 : 0
