import { DURATION_PATTERN } from './vocabulary/duration.ts'
import type { PolicyDefinition } from './vocabulary/policy-definition.ts'

const duration = { type: 'string', pattern: DURATION_PATTERN } as const

/**
 * Goes to every node at once and commits when a quorum of the nodes that are not offline has applied it, and at least
 * a floor of all subscribed ones. Suspect counts as live; only a journaled offline shrinks the quorum.
 */
export const eventual: PolicyDefinition = {
  name: 'eventual',
  version: 1,
  summary: 'commits when a quorum of the live nodes has applied the candidate',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      quorum: {
        anyOf: [
          { const: 'majority' },
          { type: 'string', pattern: '^(100|[1-9][0-9]?)%$' },
          { type: 'integer', minimum: 1 },
        ],
        description: 'share of the live nodes that must have applied it: majority, a percentage, or a number',
      },
      floor: {
        anyOf: [{ const: 'third' }, { type: 'integer', minimum: 0 }],
        description:
          'least number of nodes that must have applied it: a third of the subscribed, or a number',
      },
      progressTimeout: { ...duration, description: 'how long to wait for the quorum' },
      onTimeout: { enum: ['rollback', 'pause'], description: 'what happens then' },
      prepareTimeout: { ...duration, description: 'how long a process may take to prepare' },
      applyTimeout: { ...duration, description: 'how long a process may take to apply' },
    },
  },
  defaults: {
    quorum: 'majority',
    floor: 'third',
    progressTimeout: '10m',
    onTimeout: 'rollback',
    prepareTimeout: '30s',
    applyTimeout: '60s',
  },
  machine: {
    initial: 'applying',
    states: {
      applying: {
        entry: ['stage', 'activate'],
        always: [
          { guard: 'quorum-applied', target: 'settled', actions: 'commit' },
          {
            guard: 'quorum-out-of-reach',
            target: 'undone',
            actions: { type: 'rollback', params: { reason: 'rejected' } },
          },
        ],
        on: {
          FACTS: { actions: 'observe' },
          PAUSE: { target: 'paused', actions: { type: 'pause', params: { reason: 'paused by an admin' } } },
          ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },
        },
        after: {
          progressTimeout: [
            {
              guard: { type: 'option-is', params: { name: 'onTimeout', is: 'pause' } },
              target: 'paused',
              actions: { type: 'pause', params: { reason: 'progress-timeout' } },
            },
            { target: 'undone', actions: { type: 'rollback', params: { reason: 'progress-timeout' } } },
          ],
        },
      },
      paused: {
        on: {
          FACTS: { actions: 'observe' },
          RESUME: { target: 'applying', actions: 'resume' },
          ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },
        },
      },
      settled: { type: 'final', entry: 'finish' },
      undone: { type: 'final' },
    },
  },
}
