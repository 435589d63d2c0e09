import type { RivalWay } from '../cluster/rival-writers.ts'
import type { JournalRot } from '../world/journal-rot.ts'
import type { Fault, FaultKind } from './fault.ts'

type Sentence<Kind extends FaultKind> = (fault: Extract<Fault, { readonly kind: Kind }>) => string

const SENTENCES: { readonly [Kind in FaultKind]?: Sentence<Kind> } = {
  crash: ({ program, downMs }) => `${program} is killed, and started again after ${seconds(downMs)}`,
  'crash-at': ({ program, point, downMs }) =>
    `${program} is killed at ${point}, and started again after ${seconds(downMs)}`,
  power: ({ machine, downMs }) => `${machine} has no power for ${seconds(downMs)}`,
  pause: ({ program, forMs }) => `${program} stands still for ${seconds(forMs)}`,
  partition: ({ machines, stops, forMs }) =>
    `${WAYS[stops]} ${machines.join(' and ')} and all others for ${seconds(forMs)}`,
  flap: ({ machine, times, everyMs }) =>
    `the network of ${machine} comes and goes ${times} times, once in ${seconds(everyMs)}`,
  'slow-path': ({ machine, latencyMs, forMs }) =>
    `whatever goes to or from ${machine} takes ${latencyMs} ms for ${seconds(forMs)}`,
  loss: ({ machine, share, forMs }) =>
    `${percent(share)} of the packets to and from ${machine} are lost for ${seconds(forMs)}`,
  'slow-disk': ({ machine, syncMs, forMs }) =>
    `the disk of ${machine} takes ${syncMs} ms for a sync, for ${seconds(forMs)}`,
  'failing-disk': ({ machine, code, forMs }) =>
    `the disk of ${machine} ${code === 'ENOSPC' ? 'is full' : 'cannot be read or written'} for ${seconds(forMs)}`,
  'bit-rot': ({ machine, file }) =>
    `a bit turns in ${file === 'state' ? 'the state of the agent' : 'a stored generation'} on ${machine}`,
  'journal-full': ({ forMs }) => `the disk of the journal is full for ${seconds(forMs)}`,
  'journal-unclear': ({ share, forMs }) =>
    `of ${percent(share)} of appends central does not hear whether they happened, for ${seconds(forMs)}`,
  drift: ({ machine, rate, forMs }) =>
    `the clock of ${machine} runs at ${percent(rate)} of its speed for ${seconds(forMs)}`,
  'wall-jump': ({ machine, ms }) => `the wall clock of ${machine} jumps by ${seconds(ms)}`,
  'datagram-loss': ({ machine, share, forMs }) =>
    `${percent(share)} of the datagrams to and from ${machine} are lost for ${seconds(forMs)}`,
  'datagram-late': ({ machine, spreadMs, forMs }) =>
    `datagrams to and from ${machine} come up to ${spreadMs} ms late, some twice, for ${seconds(forMs)}`,
  'datagram-cut': ({ machine, to, forMs }) => `no datagram of ${machine} reaches ${to} for ${seconds(forMs)}`,
  stall: ({ program, forMs }) => `${program} stands still for ${seconds(forMs)}`,
  'leader-crash': ({ forMs }) => `whoever leads is killed, and started again after ${seconds(forMs)}`,
  'leader-pause': ({ forMs }) => `whoever leads stands still for ${seconds(forMs)}`,
  'leader-off-log': ({ stops, forMs }) =>
    `${WAYS[stops]} whoever leads and the log for ${seconds(forMs)}; agents reach it`,
  'leader-alone': ({ forMs }) => `whoever leads reaches nobody but the log for ${seconds(forMs)}`,
  'claim-race': ({ appendMs, forMs }) =>
    `whoever leads is killed for ${seconds(forMs)}, and the log takes ${appendMs} ms for an append`,
  'central-pause': ({ central, forMs }) => `${central} stands still for ${seconds(forMs)}`,
  'central-off-log': ({ central, stops, forMs }) =>
    `${WAYS[stops]} ${central} and the log for ${seconds(forMs)}`,
  'central-drift': ({ central, rate, forMs }) =>
    `the clock of ${central} runs at ${percent(rate)} of its speed for ${seconds(forMs)}`,
  'central-wall-jump': ({ central, ms }) => `the wall clock of ${central} jumps by ${seconds(ms)}`,
  'log-election': ({ electionMs }) =>
    `the server that leads the log is lost, and the next one leads after ${seconds(electionMs)}`,
  'log-old-leader': ({ centrals, forMs }) =>
    `the server that leads the log is alone with ${centrals.join(' and ')} for ${seconds(forMs)}`,
  'log-lag': ({ lagMs, forMs }) =>
    `replicas of the log show everything ${lagMs} ms late, for ${seconds(forMs)}`,
  'log-answers-lost': ({ share, forMs }) =>
    `${percent(share)} of the answers of the log are lost for ${seconds(forMs)}`,
  'log-late': ({ share, forMs }) =>
    `${percent(share)} of what is asked of the log arrives when nobody waits any more, for ${seconds(forMs)}`,
  'log-in-flight': ({ share, forMs }) =>
    `the log refuses ${percent(share)} of appends for others that are on their way, for ${seconds(forMs)}`,
  'log-redelivery': ({ share, forMs }) =>
    `the log delivers ${percent(share)} twice, and leaves some out, for ${seconds(forMs)}`,
  'log-stall': ({ share, forMs }) =>
    `consumers of the log fall silent after ${percent(share)} of their messages, for ${seconds(forMs)}`,
  'log-words-lost': ({ share, forMs }) =>
    `${percent(share)} of the beats of leaders are lost for ${seconds(forMs)}`,
  'log-forgets': ({ share, forMs }) =>
    `the log knows no message again, and ${percent(share)} of its answers are lost, for ${seconds(forMs)}`,
  'log-slow': ({ slowMs, forMs }) => `the log takes ${slowMs} ms more each way for ${seconds(forMs)}`,
  receiver: ({ mood, slowMs, forMs }) =>
    `whoever is told of alerts ${mood === 'takes' ? `takes ${slowMs} ms to say so` : MOODS[mood]} for ${seconds(forMs)}`,
  'failing-step': ({ point, times, forMs }) =>
    `the next ${times} steps fail at ${point}, within ${seconds(forMs)}`,
  absence: ({ machine, forMs }) => `${machine} has no power for ${seconds(forMs)}`,
  'full-at-deadline': ({ forMs }) =>
    `the journal is full when the next deadline is due, for ${seconds(forMs)}`,
  'crash-at-deadline': ({ forMs }) =>
    `central is killed when the next deadline is due, and started again after ${seconds(forMs)}`,
  'power-at': ({ machine, step, after }) =>
    `${machine} loses power in the middle of its ${after + 1}. next ${step} to its disk`,
  'rotten-restart': ({ machine, file, forMs }) =>
    `the newest ${file} on ${machine} rots while its agent is started again, within ${seconds(forMs)}`,
  'cut-connection': ({ program, lagMs }) =>
    `the connection of ${program} breaks, and its agent hears of that ${lagMs} ms later`,
  'killed-midway': ({ machine, forMs }) =>
    `the agent of ${machine} is killed when it has just activated something, and started again after ${seconds(forMs)}`,
  'rotten-midway': ({ machine, forMs }) =>
    `the agent of ${machine} is killed when it has just activated something, its newest record is damaged, and it is started again after ${seconds(forMs)}`,
  'stale-central': ({ machine, forMs }) =>
    `a central that was deposed answers the agent of ${machine} for ${seconds(forMs)}`,
  'rotate-key': () => 'an admin rotates the key of gossip',
  replay: ({ machine, echoMs, forMs }) =>
    `whatever datagrams ${machine} sends or gets come again within ${seconds(echoMs)}, for ${seconds(forMs)}`,
  garble: ({ machine, share, forMs }) =>
    `${percent(share)} of the datagrams of ${machine} come again with a bit changed, for ${seconds(forMs)}`,
  forge: ({ machine, forMs }) =>
    `${machine} says in gossip what only others can say of themselves, for ${seconds(forMs)}`,
  'cut-link': ({ machine, at, when }) =>
    `the link of ${machine} breaks at a ${at}, ${when === 'sent' ? 'which is lost' : 'which is taken'}`,
  'journal-slow': ({ appendMs, forMs }) =>
    `the journal takes ${appendMs} ms for an append, for ${seconds(forMs)}`,
  'journal-rot': ({ target, forMs }) =>
    `central starts again, and its disk reads ${ROTS[target]} for ${seconds(forMs)}`,
  'second-writer': ({ way, forMs }) => `${RIVALS[way]}, for ${seconds(forMs)}`,
  'journal-probe': () => 'somebody asks the journal for what it must refuse',
  'crash-at-checkpoint': ({ moment, downMs }) =>
    `central is to be killed when its next checkpoint is ${moment}, and started again after ${seconds(downMs)}`,
  poison: () => 'central is given an input that faults when half of it is done',
  restore: ({ forMs }) =>
    `an operator stops central, restores a backup of just now, and starts it after ${seconds(forMs)}`,
  'older-backup': ({ agoMs, forMs }) =>
    `an operator stops central, restores a backup of ${seconds(agoMs)} ago, and starts it after ${seconds(forMs)}`,
}

const ROTS: Readonly<Record<JournalRot['target'], string>> = {
  payload: 'a turned bit in the inputs of a record',
  outputs: 'a turned bit in the outputs of a record',
  id: 'another id of a record',
  wallMs: 'another wall clock in a record',
  timeMs: 'another journal time in a record',
  epoch: 'another epoch in a record',
  prevHash: 'another predecessor in a record',
  hash: 'another hash in a record',
  lost: 'past a record that is lost',
  swapped: 'two records in each other’s place',
  checkpoint: 'a turned bit in its newest checkpoint',
  'checkpoint-of-others': 'a checkpoint of another journal',
  'checkpoint-misplaced': 'an older checkpoint in the place of the newest',
  blob: 'a turned bit in a blob',
}

const RIVALS: Readonly<Record<RivalWay, string>> = {
  'takes-over': 'another central claims the journal',
  'takes-over-from-a-sleeper': 'central stands still while another claims its journal',
  'two-at-once': 'two centrals claim the journal at once',
  'reads-on': 'a deposed central reads on and writes',
  'out-of-the-past': 'a central of an ended timeline writes',
}

const MOODS = {
  refuses: 'refuses',
  swallows: 'takes them without a word',
  away: 'is not there',
  fickle: 'errs now and then',
} as const

const WAYS = {
  both: 'nothing passes between',
  in: 'nothing passes from outside between',
  out: 'nothing passes to the outside between',
} as const

/** A fault as a story tells it. */
export function describeFault(fault: Fault): string {
  const sentence = SENTENCES[fault.kind] as ((fault: Fault) => string) | undefined
  return `${fault.id}: ${sentence === undefined ? fieldsOf(fault) : sentence(fault)}`
}

/** Of a kind without a sentence: what it consists of. */
export function fieldsOf(plan: {
  readonly id: string
  readonly atMs: number
  readonly kind: string
}): string {
  const { id: _, atMs: __, kind, ...detail } = plan
  return [kind, ...Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`)].join(', ')
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
