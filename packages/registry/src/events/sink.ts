import type { NewEvent } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { mergeKey, type PendingEvent, PendingEvents } from './queue.ts'

/** Takes what the boot services see, at the rate at which they see it, and writes it down in batches. */
export interface EventSink {
  /** Never throws and never waits: the caller answers packets. */
  record(event: NewEvent): void
  /** Everything recorded so far is in the database, or was dropped. @throws when the database does not take it */
  flush(): Promise<void>
  /** The last flush: what is recorded later is lost, and what the database does not take now is not tried again. */
  close(): Promise<void>
  /** events lost to the bound since the start */
  readonly dropped: number
  /** events that are not written yet */
  readonly waiting: number
}

const MERGE_MILLISECONDS = 30_000
const REMEMBERED = 10_000
const LONGEST_WAIT_MILLISECONDS = 10_000

/**
 * @param options.now               milliseconds since 1970
 * @param options.flushMilliseconds how long an event may wait before it is written (default 500)
 * @param options.capacity          events that may wait while the database is away (default 10,000)
 */
export function createEventSink(options: {
  db: Db
  now: () => number
  flushMilliseconds?: number
  capacity?: number
  log?: (line: string) => void
}): EventSink {
  const { db, now, flushMilliseconds = 500, log = () => {} } = options
  const pending = new PendingEvents(options.capacity ?? 10_000)
  /** rows that a further sighting within 30 s is added to */
  const written = new Map<string, { id: bigint; lastAt: number }>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let told = 0
  let failures = 0
  let closed = false

  const schedule = () => {
    // A timer that comes again would keep a process that ends alive for ever.
    if (closed) return
    const wait = Math.min(flushMilliseconds * 2 ** failures, LONGEST_WAIT_MILLISECONDS)
    timer ??= setTimeout(() => {
      timer = undefined
      flush().then(onWritten, onFailure)
    }, wait)
  }
  const onWritten = () => {
    if (failures > 0) log('events: the database takes them again')
    failures = 0
  }
  const onFailure = (error: Error) => {
    if (failures === 0) log(`events: kept until the database answers: ${error.message.trim().split('\n').at(-1)}`)
    failures = Math.min(failures + 1, 10)
    schedule()
  }

  const flush = () => {
    writing = writing.catch(() => {}).then(writePending)
    return writing
  }

  async function writePending() {
    if (pending.dropped > told) log(`events: ${pending.dropped - told} dropped, more came than the database took`)
    told = pending.dropped
    const batch = pending.take()
    if (batch.length === 0) return
    try {
      await write(batch)
    } catch (error) {
      pending.putBack(batch)
      throw error
    }
  }

  async function write(batch: PendingEvent[]) {
    const rows = batch.map((event) => {
      const known = event.key === undefined ? undefined : written.get(event.key)
      const repeats = known !== undefined && event.at - known.lastAt <= MERGE_MILLISECONDS
      return { ...event, id: repeats ? String(known.id) : null }
    })
    const ids = await writeSightings(db, rows)
    batch.forEach((event, index) => {
      if (event.key === undefined) return
      written.delete(event.key)
      written.set(event.key, { id: ids[index]!, lastAt: event.lastAt })
    })
    for (const [key, { lastAt }] of written) {
      if (written.size <= REMEMBERED && now() - lastAt <= MERGE_MILLISECONDS) break
      written.delete(key)
    }
  }

  return {
    record(event) {
      pending.add({ ...event, at: event.at ?? now() }, mergeKey(event), MERGE_MILLISECONDS)
      schedule()
    },
    flush,
    async close() {
      closed = true
      clearTimeout(timer)
      timer = undefined
      await flush()
    },
    get dropped() {
      return pending.dropped
    },
    get waiting() {
      return pending.size
    },
  }
}

type Sighting = PendingEvent & { id: string | null }

/** Inserts new sightings and adds repeated ones to their rows, by one statement. Ids in the order of `rows`. */
async function writeSightings(db: Db, rows: Sighting[]): Promise<bigint[]> {
  const iso = (at: number) => new Date(at).toISOString()
  const json = rows.map((row, position) => ({ ...row, position, at: iso(row.at), lastAt: iso(row.lastAt) }))
  const written = await db.$queryRaw<{ id: bigint }[]>`
    with given as materialized (
      select coalesce(g.id, nextval('event_id_seq')) as id, g.kind, g.at, g."lastAt", g.count, g."nodeId", g.mac, g."runId", g.message, g.data, g.position
        from jsonb_to_recordset(${JSON.stringify(json)}::jsonb)
          as g (id bigint, kind text, at timestamptz, "lastAt" timestamptz, count int, "nodeId" text, mac text, "runId" text,
                message text, data jsonb, position int)
       order by g.position
    ), stored as (
      insert into event as e (id, kind, at, last_at, count, node_id, mac, run_id, message, data)
      select id, kind, at, "lastAt", count, "nodeId", mac, "runId", message, coalesce(data, '{}') from given
      on conflict (id) do update set count = e.count + excluded.count, last_at = greatest(e.last_at, excluded.last_at)
    )
    select id from given order by position`
  return written.map((row) => row.id)
}
