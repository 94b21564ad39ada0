import {
  type DiskRule,
  type Installed,
  manifestArguments,
  type Node,
  type Reason,
  type RunSummary,
  shown,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { type InstanceJson, instanceOfJson } from '../runs/instance-row.ts'

/** A node as the registry holds it: all but what it waits for, which nobody stores. */
export type StoredNode = Omit<Node, 'waiting'>

type RunJson = Omit<RunSummary, 'reason' | 'actions'> & {
  reason: Reason | null
  actions: (Omit<RunSummary['actions'][number], 'reason'> & { reason: Reason | null })[]
}

/** A node with everything that its contract shows, by one statement. Times inside JSON are ISO text with an offset. */
interface NodeRow {
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
  state: Node['state']
  desired_state: Node['desired']
  status: Reason
  status_indicator: Node['status']['indicator']
  status_at: Date
  hold: string | null
  last_seen_at: Date | null
  created_at: Date
  identifiers: { kind: 'serial' | 'uuid' | 'mac'; shown: string; provisional: boolean }[] | null
  instance: InstanceJson | null
  installed: Installed | null
  run: RunJson | null
}

/** Nodes by a condition on `n`, in the order of their ids. */
export async function readNodes(db: Db, where: Prisma.Sql, limit: number): Promise<StoredNode[]> {
  const rows = await db.$queryRaw<NodeRow[]>`
    select n.id, n.name, n.manufacturer, n.product, n.registered, p.name as profile,
           s.name as site, b.name as batch, c.name as account, n.metadata, n.disk, n.netboot_policy, n.boot_file, n.state, n.desired_state,
           n.status, n.status_indicator, n.status_at, n.hold, n.last_seen_at, n.created_at,
           (select json_agg(json_build_object('kind', i.kind, 'shown', i.shown, 'provisional', i.provisional) order by i.id)
              from node_identifier i where i.node_id = n.id) as identifiers,
           (select to_json(x) from (
              select i.*, ip.name as profile from instance i left join profile ip on ip.id = i.profile_id
               where i.node_id = n.id and i.ended_at is null) x) as instance,
           ${installed} as installed,
           (select to_json(x) from (
              select r.id, r.state, r.reason, r.created_at as "createdAt", r.started_at as "startedAt", r.ended_at as "endedAt",
                     ${actionSummaries} as actions
                from run r where r.node_id = n.id order by r.created_at desc, r.id desc limit 1) x) as run
      from node n join site s on s.id = n.site_id left join profile p on p.id = n.profile_id
      left join batch b on b.id = n.batch_id left join account c on c.id = n.account_id
     where ${where} order by n.id limit ${limit}`
  return rows.map(nodeOfRow)
}

/** Of the row `n`, by the newest run that began to write; while it writes, and when it failed to, there is no OS on the disk. */
export const installed = Prisma.sql`(
  select case when a.state = 'SUCCEEDED' then r.installs end
    from run r join action a on a.run_id = r.id
   where r.node_id = n.id and jsonb_exists_any(a.definition -> 'with', ${manifestArguments}::text[]) and a.state <> 'PENDING'
   order by r.created_at desc, r.id desc limit 1)`

const actionSummaries = Prisma.sql`(
  select coalesce(json_agg(json_build_object(
           'id', a.id, 'name', a.name, 'state', a.state, 'attempts', coalesce(t.number, 0), 'progress', t.progress,
           'reason', t.reason, 'startedAt', t.started_at, 'endedAt', t.ended_at) order by a.position), '[]')
    from action a
    left join lateral (select * from attempt t where t.run_id = a.run_id and t.action_id = a.id
                        order by t.number desc limit 1) t on true
   where a.run_id = r.id)`

function nodeOfRow(row: NodeRow): StoredNode {
  const values = (kind: string) =>
    (row.identifiers ?? []).filter((each) => each.kind === kind).map((each) => each.shown)
  return {
    id: row.id,
    name: row.name,
    serial: values('serial')[0] ?? null,
    uuid: values('uuid')[0] ?? null,
    macs: values('mac'),
    provisional: (row.identifiers ?? []).filter((each) => each.provisional).map((each) => each.shown),
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
    state: row.state,
    desired: row.desired_state,
    status: { reason: shown(row.status), indicator: row.status_indicator, at: row.status_at.toISOString() },
    hold: row.hold,
    instance: row.instance && instanceOfJson(row.instance),
    installed: row.installed,
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
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  }
}

const iso = (text: string | null) => (text === null ? null : new Date(text).toISOString())
const isoTimes = (of: { startedAt: string | null; endedAt: string | null }) => ({
  startedAt: iso(of.startedAt),
  endedAt: iso(of.endedAt),
})
