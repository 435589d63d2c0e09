import type { Command } from 'commander'
import type { Address } from '../../../actors/vocabulary/address.ts'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { SqliteJournal } from '../../journal/sqlite-journal.ts'
import type { Replay } from '../../replay/replay.ts'
import type { StoryRecord } from '../../replay/tell-story.ts'
import { ExitWith } from '../exit-with.ts'
import { openSession, type Session } from '../session.ts'
import { teach } from '../teach.ts'
import { dataDirOf, sequence } from './journal.ts'

/** Lines of a story, and rows of each list of a summary, unless `--limit` says otherwise. */
const LIMIT_DEFAULT = 1_000
const PROGRESS_EVERY_RECORDS = 500

/** Whoever wants to look at what happened must not be told to stop production for it. */
const LOCKED_HELP =
  'Leave the central running: it tells any point of its journal by `konor get actors` and `konor describe actor ADDRESS --at SEQ`. What only `konor replay` can do needs a backup, and `konor backup` a stopped central: use one that is there, or make one when the central is stopped anyway, as for an upgrade.'

interface ReplayFlags {
  readonly data?: string
  readonly from?: string
  readonly until?: string
  readonly actor?: string
  readonly limit?: string
  readonly fromStart?: boolean
  readonly simulate?: boolean
  readonly seeds?: string
  readonly faults?: string
}

interface Wanted {
  readonly fromSeq: number | undefined
  readonly untilSeq: number
  readonly actor: Address | undefined
  readonly limit: number
}

export function declareReplay(program: Command): void {
  const verb = program
    .command('replay')
    .summary('the state of a journal at any point, and how it came to be')
    .description(
      'Folds the journal of a stopped central, or of a backup, up to any point, and changes nothing. Verifies every record that it folds, its outputs and the state hashes on the way: those from the newest checkpoint on, or all with --from-start. With --from it tells what happened, a record a line; without, what there is.',
    )
    .argument('[backup]', 'a backup file, instead of a data directory')
    .option('--data <dir>', 'the data directory')
    .option('--until <seq>', 'the last sequence; default: the head')
    .option('--from <seq>', 'tell each record from here on')
    .option('--actor <address>', 'one actor alone, as job/01J…')
    .option('--limit <n>', `at most so many lines or rows (default ${LIMIT_DEFAULT})`)
    .option('--simulate', 'go on from there in a simulation, and tell what becomes of the jobs that are open')
    .option('--seeds <a..b>', 'with --simulate: so many runs (default 1..1)')
    .option('--faults <profile>', 'with --simulate: none, light, heavy or swarm (default none)')
    .option('--from-start', 'begin at the first record, not at a checkpoint: verifies all')
    .action(async (backup: string | undefined, flags: ReplayFlags, command: Command) => {
      const session = await openSession(command)
      const journal = await openJournal(session, backup, flags)
      try {
        if (flags.simulate === true) await goOn(session, journal, flags)
        else await run(session, journal, flags)
      } finally {
        await journal.close()
      }
    })
  teach(verb, {
    examples: [
      ['konor replay --data DIR --until 4200', 'what there was after record 4200'],
      ['konor replay monday.backup --from 4100 --until 4200', 'what happened in between'],
      ['konor replay --data DIR --until 4200 --actor group/payments-prod', 'one actor with all that it knew'],
      [
        'konor replay --data DIR --from 1 --actor job/01J… -o jsonl',
        'its whole life, before and after each record',
      ],
      ['konor replay --data DIR --until 4200 --simulate', 'what would have become of it from there on'],
      ['konor replay --data DIR --until 4200 --simulate --seeds 1..20 --faults heavy', 'and under faults'],
    ],
    next: 'konor describe actor ADDRESS --at SEQ asks a central that runs.',
  })
}

async function openJournal(
  { io }: Session,
  backup: string | undefined,
  flags: ReplayFlags,
): Promise<SqliteJournal> {
  if (backup !== undefined && flags.data !== undefined) {
    const message = `replay takes one journal: the backup ${backup}, or --data ${flags.data}; leave one of them out`
    throw new KonorError('KONOR_CLI_USAGE', message)
  }
  const { SqliteJournal } = await import('../../journal/sqlite-journal.ts')
  const { backupPaths, journalPaths } = await import('../../journal/journal-paths.ts')
  const paths = backup === undefined ? journalPaths(dataDirOf(flags)) : backupPaths(backup)
  const journal = await SqliteJournal.inspect(paths).catch((thrown: unknown) => {
    if (!isKonorError(thrown, 'KONOR_JOURNAL_LOCKED')) throw thrown
    const message = `a central runs on ${paths.database}: ask it with konor describe actor ADDRESS --at SEQ, or replay a backup`
    throw new KonorError('KONOR_JOURNAL_LOCKED', message, { cause: thrown, help: LOCKED_HELP })
  })
  const { openProblem } = journal.store
  if (openProblem !== undefined) io.note(`${openProblem.message} (replaying what is there)`)
  return journal
}

async function goOn(session: Session, journal: SqliteJournal, flags: ReplayFlags): Promise<void> {
  const strange = (['from', 'actor', 'limit', 'fromStart'] as const).find(flag => flags[flag] !== undefined)
  if (strange !== undefined)
    throw new KonorError('KONOR_CLI_USAGE', `--${strange} tells of a journal: leave it out with --simulate`)
  const { continueJournal } = await import('../simulate/continue-journal.ts')
  const untilSeq = sequence('--until', flags.until) ?? (await journal.head()).seq
  if (!(await continueJournal(session, journal, untilSeq, flags))) throw new ExitWith(1)
}

async function run(session: Session, journal: SqliteJournal, flags: ReplayFlags): Promise<void> {
  for (const flag of ['seeds', 'faults'] as const)
    if (flags[flag] !== undefined)
      throw new KonorError('KONOR_CLI_USAGE', `--${flag} belongs to --simulate: give that too`)
  const head = await journal.head()
  const wanted: Wanted = {
    fromSeq: sequence('--from', flags.from),
    untilSeq: sequence('--until', flags.until) ?? head.seq,
    actor: flags.actor as Address | undefined,
    limit: sequence('--limit', flags.limit) ?? LIMIT_DEFAULT,
  }
  const { fromSeq, untilSeq } = wanted
  if (fromSeq !== undefined && fromSeq > untilSeq)
    throw new KonorError('KONOR_CLI_USAGE', `--from ${fromSeq} is after --until ${untilSeq}`)
  const { openReplay } = await import('../../replay/open-replay.ts')
  let folded = 0
  // A story's end must be there before its beginning is looked for.
  const standsAt = fromSeq === undefined || untilSeq > head.seq ? untilSeq : fromSeq - 1
  const replay = await openReplay(journal, standsAt, {
    fromStart: flags.fromStart === true,
    pace() {
      if (++folded % PROGRESS_EVERY_RECORDS === 0)
        session.io.progress(`replayed ${replay.position.seq} of ${untilSeq}`)
      return undefined
    },
  })
  if (fromSeq !== undefined) return printStory(session, replay, { ...wanted, fromSeq })
  await replay.foldTo(untilSeq)
  session.io.progress(undefined)
  return wanted.actor === undefined
    ? printSummary(session, replay, wanted.limit)
    : printActor(session, replay, wanted.actor)
}

async function printSummary(session: Session, replay: Replay, limit: number): Promise<void> {
  const { stateSummary } = await import('../../replay/state-summary.ts')
  const { renderState } = await import('../output/render-state.ts')
  const summary = stateSummary(replay, limit)
  const text = (isWide: boolean): string => renderState(summary, isWide)
  await session.print({ data: summary, names: [`record/${summary.seq}`], text })
}

async function printActor(session: Session, replay: Replay, address: Address): Promise<void> {
  const { state, position } = replay
  const { actorDetailView } = await import('../../replay/actor-view.ts')
  const { renderActor } = await import('../output/render-state.ts')
  const record = state.get(address)
  if (record === undefined) {
    throw new KonorError('KONOR_ENGINE_NOT_FOUND', `at ${position.seq} there is no actor ${address}`, {
      details: { address, seq: position.seq },
    })
  }
  const actor = actorDetailView(record)
  await session.print({
    data: { seq: position.seq, ...actor },
    names: [`actor/${address}`],
    text: () => renderActor(actor),
  })
  await noteUnverified(session, replay)
}

async function printStory(
  session: Session,
  replay: Replay,
  { fromSeq, untilSeq, actor, limit }: Wanted & { readonly fromSeq: number },
): Promise<void> {
  const { tellStory } = await import('../../replay/tell-story.ts')
  const { io, format } = session
  const items: StoryRecord[] = []
  let told = 0
  let next: number | null = null
  const options = { fromSeq, toSeq: untilSeq, ...(actor === undefined ? {} : { actor }) }
  const line = await lineOf(session, String(untilSeq).length)
  for await (const record of tellStory(replay, options)) {
    if (told === limit) {
      next = record.seq
      break
    }
    told++
    // A list as one document is held until it is whole: `--limit` bounds it.
    if (format === 'json' || format === 'yaml') items.push(record)
    else await io.outWhenRead(`${line(record)}\n`)
  }
  io.progress(undefined)
  if (format === 'json' || format === 'yaml')
    await session.print({ data: { items, next }, names: [], text: () => '' })
  const { records, fromSeq: checkpointSeq, stateHashes } = replay.checks
  io.detail(`verified ${records} records after ${checkpointSeq}, and ${stateHashes} state hashes`)
  await noteUnverified(session, replay)
  if (next !== null) io.note(`there is more: --from ${next}`)
  if (told === 0) io.note(`nothing here changed ${actor ?? 'anything'}`)
}

async function noteUnverified({ io }: Session, { checks }: Replay): Promise<void> {
  const { unverifiedRecords } = await import('../../replay/unverified-records.ts')
  const unverified = unverifiedRecords(checks)
  if (unverified !== undefined) io.note(unverified)
}

async function lineOf({ format }: Session, width: number): Promise<(record: StoryRecord) => string> {
  if (format === 'jsonl') return record => JSON.stringify(record)
  if (format === 'name') return ({ seq }) => `record/${seq}`
  const { storyLine } = await import('../../replay/story-line.ts')
  return record => storyLine(record, width)
}
