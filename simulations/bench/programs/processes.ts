import { connect } from '../../../agent/sdk/connect.ts'
import type { KonorClient } from '../../../agent/sdk/konor-client.ts'
import { Arrivals } from '../arrivals.ts'

/** Processes of one group, spread evenly over agents, that tell when all of them have swapped to a value of `key`. */
export interface Processes {
  readonly swapped: Arrivals
  close(): Promise<void>
}

/** They live in this process, each with its own connection and its own name. */
export async function connectProcesses(
  count: number,
  options: { readonly group: string; readonly sockets: readonly string[]; readonly prepare: boolean },
): Promise<Processes> {
  const { group, sockets, prepare } = options
  const swapped = new Arrivals(count)
  const clients: KonorClient[] = []
  for (let index = 0; index < count; index++) {
    const socket = sockets[index % sockets.length] ?? ''
    const client = await connect({ group, process: `bench-${index}`, socket, prepare })
    client.onChange(() => swapped.arrived(client.get('key', '')))
    clients.push(client)
  }
  return {
    swapped,
    close: async () => {
      await Promise.all(clients.map(client => client.close()))
    },
  }
}
