import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Db, ensureSite, listNodes, migrate, openRegistry, startEmbeddedPostgres } from '@eims/registry'
import { median, round2 } from '../figures.ts'

const PAGE = 100
/** What README promises: page 1,000 costs what page 1 costs. */
const MOST = 1.5
const lists = [
  {},
  { orderBy: 'name' },
  { orderBy: 'createdAt desc' },
  { orderBy: 'lastSeenAt desc' },
  { orderBy: 'manufacturer, name desc' },
  { filter: 'manufacturer = "maker 1" AND metadata.rack:*', orderBy: 'name' },
]

/**
 * One page at the beginning and at the end of a list of nodes, on the embedded database, in turn.
 * `--nodes N` (101,000), `--rounds N` (31).
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { nodes: { type: 'string', default: '101000' }, rounds: { type: 'string', default: '31' } },
  })
  const nodes = Number(values.nodes)
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-list-'))
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres({ dataDir: folder })
  const registry = openRegistry({ url: postgres.url })
  try {
    await migrate({ url: postgres.url })
    await fill(registry.db, nodes)
    for (const list of lists) console.log(JSON.stringify(await measure(registry.db, list, Number(values.rounds))))
  } finally {
    await registry.close()
    await postgres.stop()
    await rm(folder, { recursive: true })
  }
}

async function fill(db: Db, nodes: number): Promise<void> {
  const { id: siteId } = await ensureSite(db)
  await db.$executeRaw`
    insert into node (id, site_id, name, manufacturer, registered, metadata, state, desired_state, status, status_indicator, created_at, last_seen_at)
    select lpad(i::text, 36, '0'), ${siteId}, 'node-' || md5(i::text), 'maker ' || i % 3, true, jsonb_build_object('rack', i % 100),
           'REGISTERED', 'ONBOARDED', '{"code":"registered","slots":{}}', 'IDLE',
           timestamptz '2026-01-01' + i * interval '1 second',
           case when i % 2 = 0 then timestamptz '2026-02-01' + i % 1000 * interval '1 second' end
      from generate_series(1, ${nodes}::int) i`
  await db.$executeRaw`
    insert into node_identifier (id, node_id, kind, value, shown)
    select id || kind, id, kind, case kind when 'serial' then 'sn-' || name else regexp_replace(right('000000000000' || right(name, 10), 12), '(..)(..)(..)(..)(..)(..)', '\\1:\\2:\\3:\\4:\\5:\\6') end, name
      from node, unnest(array['serial', 'mac']) kind`
  await db.$executeRaw`vacuum analyze`
}

async function measure(db: Db, list: { filter?: string; orderBy?: string }, rounds: number) {
  let token: string | undefined
  let items = 0
  let total = 0
  // A token tells a place, whatever the size of the pages that led to it.
  for (;;) {
    const page = await listNodes(db, { ...list, pageSize: 1000, pageToken: token })
    total = page.total
    if (page.nextPageToken === null) break
    token = page.nextPageToken
    items += page.items.length
  }
  const timed = async (pageToken: string | undefined) => {
    const began = performance.now()
    await listNodes(db, { ...list, pageSize: PAGE, pageToken })
    return performance.now() - began
  }
  const [first, last]: [number[], number[]] = [[], []]
  for (let round = -3; round < rounds; round++) {
    const both = [await timed(undefined), await timed(token)] as const
    if (round < 0) continue
    first.push(both[0])
    last.push(both[1])
  }
  const ratio = median(last) / median(first)
  return {
    name: `list/${list.orderBy ?? 'id'}${list.filter ? ' filtered' : ''}`,
    ratio: round2(ratio),
    target: MOST,
    met: ratio <= MOST,
    total,
    lastPage: Math.floor(items / PAGE) + 1,
    firstMs: round2(median(first)),
    lastMs: round2(median(last)),
  }
}
