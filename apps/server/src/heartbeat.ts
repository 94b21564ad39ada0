import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, registerServer, removeServer, type ServerRow, touchServer } from '@eims/registry'
import type { Logger } from 'pino'

const EVERY_MS = 15_000
/** Four beats: who was heard of within this time is taken for running. */
export const ALIVE_SECONDS = 60
/** A database that does not answer must not hold the service when it stops. */
const FAREWELL_MS = 2_000

/**
 * Lets the other servers on this database know of this one, until it is disposed of.
 * @param every milliseconds between two beats
 * @throws when the database does not take the first one; later ones are only missed
 */
export async function startHeartbeat({
  db,
  server,
  log,
  every = EVERY_MS,
}: {
  db: Db
  server: ServerRow
  log: Logger
  every?: number
}): Promise<AsyncDisposable> {
  await registerServer(db, server)
  const stop = new AbortController()
  const beat = async () => {
    // Its addresses may be others by now, and a restored registry may have no row of this server.
    if (!(await touchServer(db, server))) await registerServer(db, server)
  }
  const pause = () => sleep(every, undefined, { signal: stop.signal }).catch(() => undefined)
  const running = (async () => {
    for (await pause(); !stop.signal.aborted; await pause())
      await beat().catch((err: unknown) => log.debug({ err }, 'the other servers could not be told of this one'))
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      const farewell = running.then(() => removeServer(db, server.id)).catch(() => undefined)
      await Promise.race([farewell, sleep(FAREWELL_MS, undefined, { ref: false })])
    },
  }
}
