import type { Db } from './database/database.ts'

/** How many there are of something; what the kind does not have is null. */
export interface Figure {
  of: 'node' | 'instance' | 'run' | 'action' | 'image' | 'session' | 'event'
  /** of a node, instance, run or image; of an action that is under way: which builtin it is */
  state: string | null
  /** of a node */
  indicator: string | null
  registered: boolean | null
  held: boolean | null
  /** of events: the number of the last one */
  count: number
  /** that an image takes in the store; pieces that several images share count for each */
  bytes: number
}

/**
 * What the site has, counted by one statement: nodes and current instances, runs and actions under way, images, boot
 * sessions, events. Its rows are as many as there are words for states, however many nodes there are.
 */
export async function siteFigures(db: Db): Promise<Figure[]> {
  return db.$queryRaw<Figure[]>`
    select 'node' as of, state, status_indicator as indicator, registered, hold is not null as held,
           count(*)::float8 as count, 0::float8 as bytes
      from node group by 1, 2, 3, 4, 5
    union all
    select 'instance', state, null, null, null, count(*), 0 from instance where ended_at is null group by state
    union all
    select 'run', state, null, null, null, count(*), 0 from run where state in ('PENDING', 'RUNNING') group by state
    union all
    select 'action', coalesce(a.definition -> 'uses' ->> 'builtin', 'oci'), null, null, null, count(*), 0
      from attempt t join action a on a.run_id = t.run_id and a.id = t.action_id where t.state = 'RUNNING' group by 2
    union all
    select 'image', state, null, null, null, count(*), coalesce(sum(stored_size), 0) from image group by state
    union all
    select 'session', null, null, null, null, count(*), 0 from boot_session where expires_at > clock_timestamp()
    union all
    select 'event', null, null, null, null, case when is_called then last_value else 0 end, 0 from event_id_seq`
}
