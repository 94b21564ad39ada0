import {
  type DiskRule,
  type Installed,
  manifestArguments,
  type Node,
  type NodeFacts,
  type Reason,
  type RunSummary,
  type SiteFacts,
  shown,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { type InstanceJson, instanceOfJson } from '../runs/instance-row.ts'
import { type judgeFacts, nodeFacts, siteFacts } from '../runs/judge-facts.ts'

/** A node as the registry holds it: all but what it waits for, which nobody stores. */
export type StoredNode = Omit<Node, 'waiting'>

type RunJson = Omit<RunSummary, 'reason' | 'actions'> & {
  reason: Reason | null
  actions: (Omit<RunSummary['actions'][number], 'reason'> & { reason: Reason | null })[]
}

/** A node without its instance and its runs. */
export type NodeAlone = Omit<StoredNode, 'instance' | 'run'>

/** What a person says of a node, but for its identifiers, and how its newest run stands. */
export type NodeRecord = Omit<NodeAlone, 'serial' | 'uuid' | 'macs' | 'provisional' | 'installed'> & {
  run: Pick<RunSummary, 'state'> | null
}

interface RecordRow {
  id: string
  name: string
  manufacturer: string | null
  product: string | null
  registered: boolean
  profile: string | null
  site: string
  batch: string | null
  account: string | null
  metadata: Record<string, string>
  disk: DiskRule | null
  netboot_policy: Node['netbootPolicy']
  boot_file: string | null
  secure_boot: Node['secureBoot']
  config_sha256: string | null
  state: Node['state']
  desired_state: Node['desired']
  status: Reason
  status_indicator: Node['status']['indicator']
  status_at: Date
  hold: string | null
  last_seen_at: Date | null
  created_at: Date
}

interface AloneRow extends RecordRow {
  identifiers: { kind: 'serial' | 'uuid' | 'mac'; shown: string; provisional: boolean }[] | null
  installed: Installed | null
}

/** A node with everything that its contract shows, by one statement. Times inside JSON are ISO text with an offset. */
interface NodeRow extends AloneRow {
  instance: InstanceJson | null
  run: RunJson | null
}

const recordColumns = Prisma.sql`
  n.id, n.name, n.manufacturer, n.product, n.registered, p.name as profile, s.name as site, b.name as batch,
  c.name as account, n.metadata, n.disk, n.netboot_policy, n.boot_file, n.secure_boot,
  encode(sha256(s.signing_key || convert_to(n.config, 'UTF8')), 'hex') as config_sha256, n.state, n.desired_state, n.status,
  n.status_indicator, n.status_at, n.hold, n.last_seen_at, n.created_at`

const identifierList = Prisma.sql`
  json_agg(json_build_object('kind', i.kind, 'shown', i.shown, 'provisional', i.provisional) order by i.id)`
const identifiers = Prisma.sql`(select ${identifierList} from node_identifier i where i.node_id = n.id)`

const joined = Prisma.sql`
  join site s on s.id = n.site_id left join profile p on p.id = n.profile_id
  left join batch b on b.id = n.batch_id left join account c on c.id = n.account_id`
const fromNode = Prisma.sql`from node n ${joined}`

/** What the medium of the row `i` put on a disk; no version of its profile is known. */
const ofMedium = Prisma.sql`case when i.origin -> 'medium' ->> 'state' = 'INSTALLED' then jsonb_build_object(
  'profile', i.origin -> 'medium' -> 'profile', 'version', '', 'image', i.origin #> '{medium,image,name}',
  'manifestSha256', i.origin #> '{medium,image,manifestSha256}') end`

/**
 * Of the row `n`, by the newest run that began to write, and there by the first action that writes, which is the OS's; while
 * it writes, and when it failed to, there is no OS on the disk. An installation from a medium counts as such a run.
 */
export const installed = Prisma.sql`(
  select what from (
    (select case when a.state = 'SUCCEEDED' then r.installs end as what, r.created_at
       from run r join action a on a.run_id = r.id
      where r.node_id = n.id and jsonb_exists_any(a.definition -> 'with', ${manifestArguments}::text[]) and a.state <> 'PENDING'
      order by r.created_at desc, r.id desc, a.position limit 1)
    union all
    (select ${ofMedium}, i.created_at from instance i
      where i.node_id = n.id and jsonb_typeof(i.origin -> 'medium') = 'object'
      order by i.created_at desc, i.id desc limit 1)) each
   order by created_at desc limit 1)`

const actionSummaries = Prisma.sql`(
  select coalesce(json_agg(json_build_object(
           'id', a.id, 'name', a.name, 'state', a.state, 'attempts', coalesce(t.number, 0), 'progress', t.progress,
           'reason', t.reason, 'startedAt', t.started_at, 'endedAt', t.ended_at) order by a.position), '[]')
    from action a
    left join lateral (select * from attempt t where t.run_id = a.run_id and t.action_id = a.id
                        order by t.number desc limit 1) t on true
   where a.run_id = r.id)`

const nodeColumns = Prisma.sql`
  ${recordColumns}, ${identifiers} as identifiers,
  (select to_json(x) from (
     select i.*, ip.name as profile from instance i left join profile ip on ip.id = i.profile_id
      where i.node_id = n.id and i.ended_at is null) x) as instance,
  ${installed} as installed,
  (select to_json(x) from (
     select r.id, r.state, r.reason, r.created_at as "createdAt", r.started_at as "startedAt", r.ended_at as "endedAt",
            ${actionSummaries} as actions
       from run r where r.node_id = n.id order by r.created_at desc, r.id desc limit 1) x) as run`

/** Nodes by a condition on `n`, in the order of their ids. */
export async function readNodes(db: Db, where: Prisma.Sql, limit: number): Promise<StoredNode[]> {
  const rows = await db.$queryRaw<NodeRow[]>`
    select ${nodeColumns} ${fromNode} where ${where} order by n.id limit ${limit}`
  return rows.map(nodeOfRow)
}

/** A node, and what every judgement about it rests on. */
export interface JudgedNode {
  node: StoredNode
  facts: Awaited<ReturnType<typeof judgeFacts>>
}

export type JudgedRow = NodeRow & { its_facts: NodeFacts; site_facts: SiteFacts }
const judgedColumns = Prisma.sql`${nodeFacts} as its_facts, ${siteFacts} as site_facts`

/** Both by one statement; null when there is no such node. */
export async function readJudged(db: Db, id: string): Promise<JudgedNode | null> {
  const [row] = await db.$queryRaw<JudgedRow[]>`select ${nodeColumns}, ${judgedColumns} ${fromNode} where n.id = ${id}`
  return row ? judgedOfRow(row) : null
}

/**
 * The same of a node that a statement makes, for its end: `made` are its rows of node, `identified` those of node_identifier.
 * No statement sees what it writes itself, and nobody ran or installed anything on a node that was not there.
 */
export const selectMade = Prisma.sql`
  select ${recordColumns}, (select ${identifierList} from identified i) as identifiers,
         null::json as instance, null::json as installed, null::json as run, ${judgedColumns}
    from made n ${joined}`

export const judgedOfRow = (row: JudgedRow): JudgedNode => ({
  node: nodeOfRow(row),
  facts: { site: row.site_facts, nodes: [row.its_facts] },
})

/** Nodes without what takes long to put together: what many nodes are judged by before they are changed. */
export async function readRecords(db: Db, ids: string[]): Promise<NodeRecord[]> {
  const rows = await db.$queryRaw<(RecordRow & { run: NodeRecord['run'] })[]>`
    select ${recordColumns},
           (select json_build_object('state', r.state) from run r
             where r.node_id = n.id order by r.created_at desc, r.id desc limit 1) as run
      ${fromNode} where n.id = any(${ids}::text[]) order by n.id`
  return rows.map((row) => ({ ...recordOfRow(row), run: row.run }))
}

/** What is written down of nodes that are removed. */
export async function readAlone(db: Db, ids: string[]): Promise<NodeAlone[]> {
  const rows = await db.$queryRaw<AloneRow[]>`
    select ${recordColumns}, ${identifiers} as identifiers, ${installed} as installed
      ${fromNode} where n.id = any(${ids}::text[]) order by n.id`
  return rows.map(aloneOfRow)
}

function nodeOfRow(row: NodeRow): StoredNode {
  return {
    ...aloneOfRow(row),
    instance: row.instance && instanceOfJson(row.instance),
    run: row.run && {
      ...row.run,
      ...isoTimes(row.run),
      createdAt: iso(row.run.createdAt)!,
      reason: row.run.reason && shown(row.run.reason),
      actions: row.run.actions.map((action) => ({
        ...action,
        ...isoTimes(action),
        reason: action.reason && shown(action.reason),
      })),
    },
  }
}

function aloneOfRow(row: AloneRow): NodeAlone {
  const values = (kind: string) =>
    (row.identifiers ?? []).filter((each) => each.kind === kind).map((each) => each.shown)
  return {
    ...recordOfRow(row),
    serial: values('serial')[0] ?? null,
    uuid: values('uuid')[0] ?? null,
    macs: values('mac'),
    provisional: (row.identifiers ?? []).filter((each) => each.provisional).map((each) => each.shown),
    installed: row.installed,
  }
}

const recordOfRow = (row: RecordRow): Omit<NodeRecord, 'run'> => ({
  id: row.id,
  name: row.name,
  manufacturer: row.manufacturer,
  product: row.product,
  registered: row.registered,
  profile: row.profile,
  site: row.site,
  batch: row.batch,
  metadata: row.metadata,
  account: row.account,
  disk: row.disk,
  netbootPolicy: row.netboot_policy,
  bootFile: row.boot_file,
  secureBoot: row.secure_boot,
  configSha256: row.config_sha256,
  state: row.state,
  desired: row.desired_state,
  status: { reason: shown(row.status), indicator: row.status_indicator, at: row.status_at.toISOString() },
  hold: row.hold,
  lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
})

const iso = (text: string | null) => (text === null ? null : new Date(text).toISOString())
const isoTimes = (of: { startedAt: string | null; endedAt: string | null }) => ({
  startedAt: iso(of.startedAt),
  endedAt: iso(of.endedAt),
})
