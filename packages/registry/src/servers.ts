import type { Db } from './database.ts'

/** Notes that this server has started. @param server.urls where agents reach it */
export async function registerServer(
  db: Db,
  server: { id: string; name: string; urls: string[]; version: string },
): Promise<void> {
  await db.$executeRaw`
    insert into server (id, name, urls, version, started_at, seen_at)
    values (${server.id}, ${server.name}, ${server.urls}, ${server.version}, clock_timestamp(), clock_timestamp())
    on conflict (id) do update set name = excluded.name, urls = excluded.urls, version = excluded.version,
      started_at = excluded.started_at, seen_at = excluded.seen_at`
}

/** The server is still there. */
export async function touchServer(db: Db, id: string): Promise<void> {
  await db.$executeRaw`update server set seen_at = clock_timestamp() where id = ${id}`
}

/** Servers heard of within the last `withinSeconds`, the newest first. */
export async function liveServers(
  db: Db,
  withinSeconds: number,
): Promise<{ id: string; name: string; urls: string[] }[]> {
  return db.$queryRaw<{ id: string; name: string; urls: string[] }[]>`
    select id, name, urls from server
     where seen_at > clock_timestamp() - make_interval(secs => ${withinSeconds}::float8) order by started_at desc`
}
