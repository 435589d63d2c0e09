interface MetricSpec {
  readonly help: string
  readonly labels: readonly string[]
}

function table<const T extends Record<`konor_${string}`, MetricSpec>>(metrics: T): T {
  return metrics
}

/** From an fsync on a good disk to a request that waits. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60] as const
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const

/** The one declaration of every metric: the registry and `docs/reference/metrics.md` are made from it. */
export const COUNTERS = table({
  konor_alert_deliveries_total: {
    help: 'Attempts to deliver an alert to a webhook, by outcome (delivered or failed).',
    labels: ['outcome'],
  },
  konor_alerts_undelivered_total: {
    help: 'Deliveries of alerts that were given up, by kind of alert.',
    labels: ['kind'],
  },
  konor_analytics_damaged_total: {
    help: 'Times that the history of health could not be read and was begun anew.',
    labels: [],
  },
  konor_analytics_heartbeats_total: { help: 'Heartbeats of nodes that were heard.', labels: [] },
  konor_analytics_overflown_total: {
    help: 'Heartbeats of nodes beyond those whose health is followed.',
    labels: [],
  },
  konor_analytics_refused_total: {
    help: 'Heartbeats whose statistics were refused, by reason.',
    labels: ['reason'],
  },
  konor_analytics_stretches_lost_total: {
    help: 'Stretches of ten seconds that could not be stored.',
    labels: [],
  },
  konor_audit_refusals_total: {
    help: 'Requests that were refused and audited, by error code.',
    labels: ['code'],
  },
  konor_engine_inputs_total: {
    help: 'Inputs folded, by kind and outcome (done or faulted).',
    labels: ['kind', 'outcome'],
  },
  konor_events_sent_total: { help: 'Public events written to event streams.', labels: [] },
  konor_events_slow_consumers_total: {
    help: 'Event streams ended because their reader was too slow.',
    labels: [],
  },
  konor_gossip_bytes_total: { help: 'Bytes of gossip datagrams, by direction.', labels: ['direction'] },
  konor_gossip_datagrams_total: { help: 'Gossip datagrams, by direction.', labels: ['direction'] },
  konor_gossip_probes_total: {
    help: 'Probes of this central that ended, by outcome (reached or failed).',
    labels: ['outcome'],
  },
  konor_gossip_refusals_total: {
    help: 'Gossip packets that changed nothing, by reason.',
    labels: ['reason'],
  },
  konor_gossip_refutations_total: {
    help: 'Accusations against this central that it refuted.',
    labels: [],
  },
  konor_jobs_total: { help: 'Jobs that ended, by kind and end state.', labels: ['kind', 'state'] },
  konor_journal_bytes_total: { help: 'Bytes of records appended to the journal.', labels: [] },
  konor_journal_records_total: { help: 'Records appended to the journal.', labels: [] },
  konor_link_desires_total: { help: 'Desires sent to agents.', labels: [] },
  konor_link_refusals_total: { help: 'Links and messages of agents that were refused.', labels: [] },
  konor_link_reports_total: { help: 'Reports of agents that were recorded.', labels: [] },
  konor_process_cpu_seconds_total: { help: 'Processor time, user and system.', labels: [] },
  konor_rollouts_total: {
    help: 'Rollouts that ended, by policy and outcome.',
    labels: ['policy', 'outcome'],
  },
})

export const GAUGES = table({
  konor_anomalies: { help: 'Anomalies that are raised now, by kind.', labels: ['kind'] },
  konor_build_info: { help: 'Always 1; the label has the version.', labels: ['version'] },
  konor_event_loop_lag_seconds: {
    help: 'Delay of the event loop since the scrape before, 99th percentile.',
    labels: [],
  },
  konor_event_streams: { help: 'Event streams open.', labels: [] },
  konor_gossip_disputed_nodes: {
    help: 'Nodes that gossip calls dead and that speak on their links.',
    labels: [],
  },
  konor_gossip_key_generation: { help: 'Generation of the newest gossip key.', labels: [] },
  konor_gossip_local_health: {
    help: 'Score of this central as a member of gossip: 0 is well.',
    labels: [],
  },
  konor_gossip_loop_lag_max_seconds: {
    help: 'Longest delay of a gossip tick since the start.',
    labels: [],
  },
  konor_gossip_members: {
    help: 'Members of gossip beside this central, by status; foreign: of no node.',
    labels: ['status'],
  },
  konor_gossip_rotation: {
    help: '1 for the phase that the rotation of the gossip key is in.',
    labels: ['phase'],
  },
  konor_groups: { help: 'Groups, by state.', labels: ['state'] },
  konor_journal_epoch: { help: 'Epoch under which this central leads, or that it follows.', labels: [] },
  konor_journal_sequence: { help: 'Sequence of the newest folded record.', labels: [] },
  konor_leader: { help: '1 when this central leads.', labels: [] },
  konor_links: { help: 'Authenticated agent links open.', labels: [] },
  konor_locks_held: { help: 'Resource locks held by jobs.', labels: [] },
  konor_nodes: { help: 'Nodes, by liveness.', labels: ['liveness'] },
  konor_outbox_effects: { help: 'Effects that have no recorded result yet.', labels: [] },
  konor_process_resident_memory_bytes: { help: 'Resident memory.', labels: [] },
  konor_process_start_time_seconds: { help: 'Start of the process, in seconds since 1970.', labels: [] },
})

export const HISTOGRAMS = table({
  konor_engine_batch_inputs: { help: 'Inputs coalesced into one record.', labels: [], buckets: SIZES },
  konor_http_request_duration_seconds: {
    help: 'HTTP requests, by method, route and status. Event streams are not among them.',
    labels: ['method', 'route', 'status'],
    buckets: SECONDS,
  },
  konor_journal_append_duration_seconds: {
    help: 'From an append to its durability.',
    labels: [],
    buckets: SECONDS,
  },
  konor_rollout_duration_seconds: {
    help: 'From the start of a rollout to its end, by policy.',
    labels: ['policy'],
    buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400],
  },
})

export type CounterName = keyof typeof COUNTERS
export type GaugeName = keyof typeof GAUGES
export type HistogramName = keyof typeof HISTOGRAMS
