import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupService } from '../groups/group-service.ts'

/** Throws `KONOR_SOCKET_GROUP_UNKNOWN`, with the way to join, unless the node belongs to the group. */
export function mustBelong(service: GroupService, group: string): void {
  if (service.belongs(group)) return
  const { node } = service
  const message =
    `node ${node} does not belong to group ${JSON.stringify(group)}: ` +
    `start its agent once with a token from "konor token create ${group}"`
  throw new KonorError('KONOR_SOCKET_GROUP_UNKNOWN', message, { details: { node, group } })
}
