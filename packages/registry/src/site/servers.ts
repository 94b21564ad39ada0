import type { Db } from '../database/database.ts'

/** One of the servers that work on this database. */
export interface ServerRow {
  id: string
  name: string
  /** where agents reach it */
  urls: string[]
  version: string
}

/** Notes that this server has started. */
export async function registerServer(db: Db, server: ServerRow): Promise<void> {
  await db.$executeRaw`
    insert into server (id, name, urls, version, started_at, seen_at)
    values (${server.id}, ${server.name}, ${server.urls}, ${server.version}, clock_timestamp(), clock_timestamp())
    on conflict (id) do update set name = excluded.name, urls = excluded.urls, version = excluded.version,
      started_at = excluded.started_at, seen_at = excluded.seen_at`
}

/** The server is still there, at these URLs. @returns false when the registry does not know it */
export async function touchServer(db: Db, { id, urls }: Pick<ServerRow, 'id' | 'urls'>): Promise<boolean> {
  return (await db.$executeRaw`update server set seen_at = clock_timestamp(), urls = ${urls} where id = ${id}`) > 0
}

/** The server ends in order. */
export async function removeServer(db: Db, id: string): Promise<void> {
  await db.server.deleteMany({ where: { id } })
}

/** The servers that a restored registry names worked on another database. */
export async function forgetServers(db: Db): Promise<void> {
  await db.server.deleteMany()
}

/** Servers heard of within the last `withinSeconds` (the database's clock), the newest first. */
export async function liveServers(db: Db, withinSeconds: number): Promise<Pick<ServerRow, 'id' | 'name' | 'urls'>[]> {
  return db.$queryRaw<Pick<ServerRow, 'id' | 'name' | 'urls'>[]>`
    select id, name, urls from server
     where seen_at > clock_timestamp() - make_interval(secs => ${withinSeconds}::float8) order by started_at desc`
}
