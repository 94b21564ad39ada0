import { type BootSession, type Db, getNode, matchNode, normaliseIdentity } from '@eims/registry'
import { type Gate, gateOf, strictest } from './gate.ts'

/**
 * The gate of a machine under way, by all that its firmware said of it, the serial as well: of the node that its boot
 * script was for, and of each that the registry takes it for now; the strictest counts.
 */
export async function gateOfSession(
  db: Db,
  { nodeId, identity }: Pick<BootSession, 'nodeId' | 'identity'>,
): Promise<Gate> {
  const match = await matchNode(db, normaliseIdentity(identity))
  const found = match.kind === 'one' ? [match] : match.kind === 'conflict' ? match.candidates : []
  const ids = new Set([...(nodeId ? [nodeId] : []), ...found.map((node) => node.nodeId)])
  const nodes = await Promise.all([...ids].map((id) => getNode(db, id)))
  return nodes.map(({ name, netbootPolicy }) => gateOf({ name, policy: netbootPolicy })).reduce(strictest, gateOf(null))
}
