import { type KeptKind, KeptKind as Kinds } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'

/** What a row takes besides its columns: its header, its line pointer, its entries in the indexes. */
export const ROW_BYTES: Record<KeptKind, number> = { events: 160, logs: 120, audit: 120, runs: 160 }

const tables: Record<KeptKind, string[]> = {
  events: ['event'],
  logs: ['log'],
  audit: ['audit'],
  runs: ['run', 'action', 'attempt'],
}

/** Pages of a table that are read to tell how full all of them are. */
const SAMPLE = 300

export interface Measured {
  rows: number
  /** of rows and their index entries */
  bytes: number
  /** of the files: what was freed in them is used again, and not given back */
  fileBytes: number
}

/** How much there is of each: exactly of a small table, of a large one by a sample of its pages, to a tenth or so. */
export async function measure(db: Db): Promise<Record<KeptKind, Measured>> {
  const each = await Promise.all(Kinds.options.map(async (kind) => [kind, await measureKind(db, kind)] as const))
  return Object.fromEntries(each) as Record<KeptKind, Measured>
}

async function measureKind(db: Db, kind: KeptKind): Promise<Measured> {
  const sum = { rows: 0, bytes: 0, fileBytes: 0 }
  for (const table of tables[kind]) {
    const [size] = await db.$queryRaw<{ pages: number; fileBytes: number }[]>`
      select (pg_relation_size(${table}::regclass) / current_setting('block_size')::int)::int as pages,
             pg_total_relation_size(${table}::regclass)::float8 as "fileBytes"`
    const { pages, fileBytes } = size!
    const percent = Math.min(100, (100 * SAMPLE) / Math.max(1, pages))
    const name = Prisma.raw(table)
    const [sample] = await db.$queryRaw<{ rows: number; bytes: number }[]>`
      select count(*)::float8 as rows, coalesce(sum(pg_column_size(x) + ${ROW_BYTES[kind]}), 0)::float8 as bytes
        from ${name} x tablesample system (${percent}::float4)`
    sum.rows += Math.round((sample!.rows * 100) / percent)
    sum.bytes += Math.round((sample!.bytes * 100) / percent)
    sum.fileBytes += fileBytes
  }
  return sum
}
