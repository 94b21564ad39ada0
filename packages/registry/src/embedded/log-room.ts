import pg from 'pg'

/** Segments of 16 MB that lie ready behind the one that is written; as many as min_wal_size keeps by itself later. */
const READY = 4

/**
 * Gives the write-ahead log of the embedded PostgreSQL files of its own, before something else fills the disk. Without
 * room for the next one PostgreSQL ends (PANIC), and cannot be started until there is some; with it, checkpoints take
 * the written ones back, and only tables that grow are refused. A new cluster has one.
 * @returns how many were made
 */
export async function reserveLogRoom(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'eims' })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ ready: number }>(`
      select count(*)::int as ready from pg_ls_waldir()
       where name ~ '^[0-9A-F]{24}$' and name > pg_walfile_name(pg_current_wal_lsn())`)
    const missing = READY - (rows[0]?.ready ?? READY)
    if (missing <= 0) return 0
    for (let made = 0; made < missing; made += 1) {
      // A switch at the beginning of a segment does nothing.
      await client.query(`select pg_logical_emit_message(false, 'eims', '')`)
      await client.query('select pg_switch_wal()')
    }
    // It renames the written segments into coming ones.
    await client.query('checkpoint')
    return missing
  } finally {
    await client.end().catch(() => {})
  }
}
