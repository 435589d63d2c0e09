export type { HeardHeartbeat, HeartbeatSink, ProbedNode } from '../../analytics/heartbeat-sink.ts'
