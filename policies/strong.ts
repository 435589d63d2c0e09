import { DURATION_PATTERN } from './vocabulary/duration.ts'
import type { PolicyDefinition } from './vocabulary/policy-definition.ts'

const duration = { type: 'string', pattern: DURATION_PATTERN } as const

/**
 * Two-phase: commits only when every subscribed node, offline ones included, has staged the candidate. Until then no
 * process runs it. Simultaneous activation on all nodes is not promised.
 */
export const strong: PolicyDefinition = {
  name: 'strong',
  version: 1,
  summary: 'commits when every subscribed node has staged the candidate; then all activate',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      stageTimeout: { ...duration, description: 'how long to wait for every node to stage' },
      onStageTimeout: { enum: ['abort', 'pause'], description: 'what happens then' },
      settleTimeout: { ...duration, description: 'how long after the commit live nodes may take to apply' },
      onApplyFailure: { enum: ['rollback', 'hold'], description: 'what a rejection after the commit does' },
      prepareTimeout: { ...duration, description: 'how long a process may take to prepare' },
      applyTimeout: { ...duration, description: 'how long a process may take to apply' },
    },
  },
  defaults: {
    stageTimeout: '10m',
    onStageTimeout: 'abort',
    settleTimeout: '5m',
    onApplyFailure: 'rollback',
    prepareTimeout: '30s',
    applyTimeout: '60s',
  },
  machine: {
    initial: 'staging',
    states: {
      staging: {
        entry: 'stage',
        always: [
          {
            guard: 'any-rejected',
            target: 'undone',
            actions: { type: 'rollback', params: { reason: 'rejected' } },
          },
          { guard: 'every-node-staged', target: 'activating', actions: 'commit' },
        ],
        on: {
          FACTS: { actions: 'observe' },
          PAUSE: { target: 'paused', actions: { type: 'pause', params: { reason: 'paused by an admin' } } },
          ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },
        },
        after: {
          stageTimeout: [
            {
              guard: { type: 'option-is', params: { name: 'onStageTimeout', is: 'pause' } },
              target: 'paused',
              actions: { type: 'pause', params: { reason: 'stage-timeout' } },
            },
            { target: 'undone', actions: { type: 'rollback', params: { reason: 'stage-timeout' } } },
          ],
        },
      },
      paused: {
        on: {
          FACTS: { actions: 'observe' },
          RESUME: { target: 'staging', actions: 'resume' },
          ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },
        },
      },
      activating: {
        description: 'Committed. Nodes activate; a rejection now is an apply failure.',
        entry: 'activate',
        always: [
          { guard: 'every-live-node-applied', target: 'settled' },
          { guard: 'any-rejected', target: 'failing' },
        ],
        on: {
          FACTS: { actions: 'observe' },
          ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },
        },
        after: { settleTimeout: 'settled' },
      },
      failing: {
        always: [
          {
            guard: { type: 'option-is', params: { name: 'onApplyFailure', is: 'rollback' } },
            target: 'undone',
            actions: { type: 'rollback', params: { reason: 'apply-failure' } },
          },
          { guard: 'every-live-node-answered', target: 'settled' },
        ],
        on: {
          FACTS: { actions: 'observe' },
          ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },
        },
        after: { settleTimeout: 'settled' },
      },
      settled: { type: 'final', entry: 'finish' },
      undone: { type: 'final' },
    },
  },
}
