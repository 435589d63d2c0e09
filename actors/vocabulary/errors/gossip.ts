import { errorTable } from './error-spec.ts'

export const gossipErrors = errorTable({
  KONOR_GOSSIP_MALFORMED: {
    status: 400,
    exit: 20,
    retryable: false,
    title: 'A gossip message breaks the protocol',
    help: 'A holder of the group key sent a body that is no message of the protocol; it was dropped and counted. Find the program by its address.',
  },
  KONOR_GOSSIP_OVERSIZED: {
    status: 413,
    exit: 20,
    retryable: false,
    title: 'A gossip message does not fit its carrier',
    help: 'A datagram carries at most 1,200 bytes and is never fragmented. What is longer goes over the stream channel, in pieces.',
  },
  KONOR_GOSSIP_KEY_INVALID: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A gossip key cannot be used',
    help: 'A group key has 32 random bytes. A key must be installed before it is used, and another must be in use before it is removed.',
  },
  KONOR_GOSSIP_KEYS_FULL: {
    status: 409,
    exit: 4,
    retryable: true,
    title: 'The gossip keyring is full',
    help: 'Finish the rotation under way: remove the keys that no member uses any more, then install the new one.',
  },
  KONOR_GOSSIP_ROTATING: {
    status: 409,
    exit: 4,
    retryable: true,
    title: 'A rotation of the gossip key is under way',
    help: 'Keys rotate one after the other. `konor gossip status` says how far it is and whom it waits for; try again when it is settled.',
  },
  KONOR_GOSSIP_SESSION_EXHAUSTED: {
    status: 500,
    exit: 20,
    retryable: true,
    title: 'A gossip session has used up its packet counter',
    help: 'Restart the process: it takes a new session. A counter is never used twice.',
  },
  KONOR_GOSSIP_ADDRESS: {
    status: 422,
    exit: 2,
    retryable: false,
    title: 'A gossip address cannot be used',
    help: 'Give IP:PORT, an IPv6 address in brackets, with a port from 1 to 65535. Names are resolved by whoever configures the host.',
  },
  KONOR_GOSSIP_BIND: {
    status: 503,
    exit: 6,
    retryable: true,
    title: 'The gossip address cannot be bound',
    help: 'Another program has the UDP or TCP port, or the address is not of this machine. Choose another with --gossip.',
  },
  KONOR_GOSSIP_STREAM: {
    status: 503,
    exit: 6,
    retryable: true,
    title: 'A gossip stream failed',
    help: 'The peer is away, its TCP port is closed, or it is no member. A failed stream only counts as one failed probe.',
  },
  KONOR_GOSSIP_REQUEST_REFUSED: {
    status: 503,
    exit: 6,
    retryable: true,
    title: 'A member does not answer a request',
    help: 'It serves too many at once (`busy`), was asked too often (`rate`), or knows nothing of that name (`unknown`): an older version. Another member is asked.',
  },
})
