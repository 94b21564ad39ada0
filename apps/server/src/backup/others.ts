import { ProblemError } from '@eims/contracts'
import { type Db, liveServers } from '@eims/registry'
import { ALIVE_SECONDS } from '../heartbeat.ts'

/**
 * A server whose registry is replaced while it runs goes on with what it holds in memory and in its data directory.
 * @throws ProblemError wrong-state, while another server than this one works on the database
 */
export async function refuseBesideOthers(db: Db, serverId: string): Promise<void> {
  const others = (await liveServers(db, ALIVE_SECONDS)).filter(({ id }) => id !== serverId)
  if (others.length === 0) return
  const named = others.map(({ name, urls }) => `${name}${urls[0] ? ` (${urls[0]})` : ''}`).join(', ')
  const [subject, verb, them] = others.length > 1 ? ['servers', 'work', 'them'] : ['server', 'works', 'it']
  throw new ProblemError(
    'wrong-state',
    `the ${subject} ${named} ${verb} on this database too: stop ${them} first and start ${them} afterwards; one that was cut off counts for another minute`,
  )
}
