import type { Reason } from '@eims/contracts'
import type { Db } from '../database/database.ts'

/** Seconds for which a machine that was told of an image that is away counts as waiting for it: it asks all the time. */
export const AWAY_SECONDS = 60

/** An active run waits for an image that no server has; `null`: it can be had again. No version of anything changes. */
export async function noteAway(db: Db, runId: string, reason: Reason | null): Promise<void> {
  if (reason === null) await db.$executeRaw`update run set away = null where id = ${runId}`
  else
    await db.$executeRaw`
      update run set away = jsonb_build_object('reason', ${JSON.stringify(reason)}::jsonb, 'at', clock_timestamp())
       where id = ${runId} and state in ('PENDING', 'RUNNING')`
}
