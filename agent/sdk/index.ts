/** The package `konorkestra/sdk`: configuration for a process, through the agent on its node. */
export type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
export { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
export type { Change, KeyChange } from './changes.ts'
export { type ConnectOptions, connect } from './connect.ts'
export type {
  ChangeListener,
  KonorClient,
  PrepareListener,
  Rejection,
  Verdict,
  Widened,
} from './konor-client.ts'
export type { Snapshot } from './snapshot.ts'
export { type TestClient, type TestOutcome, createTestClient } from './test-client.ts'
