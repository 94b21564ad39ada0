import { type Reason, say } from '@eims/contracts'
import type pg from 'pg'

export interface AfterRestore {
  /** nodes that would be written at their next network boot and now wait for a person */
  held: number
  /** runs that were under way when the backup was made */
  endedRuns: number
  /** webhooks that tell nobody until a person enables them: the site that the backup is of may still do so */
  disabledWebhooks: number
  /** migrations applied to what was restored */
  migrations: string[]
}

/**
 * A backup is older than the world: a machine that was about to be written then may have been finished since. Nothing
 * is imaged by accident, so runs under way are over and whatever would be written waits for a person, unless the
 * caller knows that nothing happened since. Nor is it known whether the site that it is of is still there: no receiver is
 * told by both. Keys of the former servers' own machines end, and browsers sign in anew.
 */
export async function settle(
  client: pg.Client,
  { hold, madeAt }: { hold: boolean; madeAt: string },
): Promise<Omit<AfterRestore, 'migrations'>> {
  const json = (reason: Reason) => JSON.stringify(reason)
  const restored = json({ code: 'restored', slots: { madeAt } })
  // How another database's clock went says nothing about ours.
  await client.query('delete from clock')
  await client.query(`delete from credential where kind = 'key' and scope is not null`)
  await client.query('delete from browser_session')
  await client.query(`update image set state = 'failed', reason = $1 where state = 'converting'`, [
    json({ code: 'conversion-in-backup', slots: { madeAt } }),
  ])
  // Nobody tried meanwhile.
  await client.query(
    'update webhook set attempts = 0, failing_since = null, next_attempt_at = null, claimed_by = null, claimed_until = null',
  )
  if (!hold) return { held: 0, endedRuns: 0, disabledWebhooks: 0 }
  const { rowCount: disabled } = await client.query(
    'update webhook set enabled = false, disabled_why = $1, updated_at = clock_timestamp() where enabled',
    [
      `the registry was restored from a backup of ${madeAt}; enable it once no other copy of the site tells its receiver any more`,
    ],
  )
  const { rows: ended } = await client.query<{ id: string; instance: string }>(
    `update run set state = 'CANCELLED', reason = $1, ended_at = clock_timestamp()
      where state in ('PENDING', 'RUNNING') returning id, instance_id as instance`,
    [restored],
  )
  const runs = ended.map(({ id }) => id)
  await client.query(
    `update attempt set state = 'CANCELLED', ended_at = clock_timestamp() where state = 'RUNNING' and run_id = any($1)`,
    [runs],
  )
  await client.query(`update action set state = 'PENDING' where state = 'RUNNING' and run_id = any($1)`, [runs])
  await client.query(
    `update instance set state = 'FAILED', status = $2, status_indicator = 'ERROR', status_at = clock_timestamp()
      where id = any($1) and ended_at is null`,
    [ended.map(({ instance }) => instance), restored],
  )
  const { rowCount } = await client.query(
    `update node n set hold = $1, updated_at = clock_timestamp()
      where n.hold is null and n.state <> 'DELETED' and not exists (
        select 1 from instance i
         where i.node_id = n.id and i.ended_at is null and i.state in ('PROVISIONED', 'RUNNING', 'FAILED'))`,
    [say({ code: 'hold-after-restore', slots: { madeAt } })],
  )
  return { held: rowCount ?? 0, endedRuns: ended.length, disabledWebhooks: disabled ?? 0 }
}
