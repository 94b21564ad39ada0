import { type InstanceState, ProblemError, type Reason, type Status } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { Prisma } from '../generated/client.ts'
import { type InstanceJson, type InstanceRecord, instanceRecordOfJson, type Origin } from './instance-row.ts'

async function readInstances(db: Db, where: Prisma.Sql, limit: number): Promise<InstanceRecord[]> {
  const rows = await db.$queryRaw<{ instance: InstanceJson }[]>`
    select to_json(x) as instance from (
      select i.*, p.name as profile from instance i left join profile p on p.id = i.profile_id
       where ${where} order by i.id limit ${limit}) x`
  return rows.map((row) => instanceRecordOfJson(row.instance))
}

/** The OS that the node has or is to get; null when it waits for someone to make it. */
export async function currentInstance(db: Db, nodeId: string): Promise<InstanceRecord | null> {
  return (await readInstances(db, Prisma.sql`i.node_id = ${nodeId} and i.ended_at is null`, 1))[0] ?? null
}

/** @throws ProblemError not-found */
export async function getInstance(db: Db, id: string): Promise<InstanceRecord> {
  const [instance] = await readInstances(db, Prisma.sql`i.id = ${id}`, 1)
  if (!instance) throw new ProblemError('not-found', `There is no instance ${id}.`)
  return instance
}

/** So many of a node's OSes are looked at: nobody installs a machine from media more often. */
const ORIGINS = 200

/** Where the OSes of a node came from that no run installed, also of those that were replaced; newest first. */
export async function originsOf(db: Db, nodeId: string): Promise<Origin[]> {
  const rows = await db.$queryRaw<{ origin: Origin }[]>`
    select origin from instance where node_id = ${nodeId} and jsonb_typeof(origin) = 'object'
     order by created_at desc, id desc limit ${ORIGINS}`
  return rows.map(({ origin }) => origin)
}

export interface NewInstance {
  id: string
  nodeId: string
  /** null: of none, as what somebody else installed */
  profileId: string | null
  status?: Reason
}

/** PURE: the statement that makes an instance, PENDING, of a node that has none. */
export function newInstanceSql({ id, nodeId, profileId, status }: NewInstance): Prisma.Sql {
  const waits = JSON.stringify(status ?? { code: 'waits-to-be-provisioned', slots: {} })
  return Prisma.sql`
    insert into instance (id, node_id, profile_id, state, desired_state, status, status_indicator, ssh_host_keys)
    values (${id}, ${nodeId}, ${profileId}, 'PENDING', 'RUNNING', ${waits}::jsonb, 'IDLE', '{}')`
}

/** Makes a node's next instance, PENDING, and ends the former one. In a transaction, the caller holds lockNode. */
export async function createInstance(db: Db, instance: Omit<NewInstance, 'id'>): Promise<InstanceRecord> {
  const id = newId()
  await db.$executeRaw`
    update instance set ended_at = clock_timestamp() where node_id = ${instance.nodeId} and ended_at is null`
  await db.$executeRaw(newInstanceSql({ id, ...instance }))
  return getInstance(db, id)
}

export interface InstanceChange {
  state?: InstanceState
  status?: { reason: Reason; indicator: Status['indicator'] }
  /** the profile that it gets in truth: another one may apply by the time that its run is made */
  profileId?: string
  /** milliseconds since 1970 on the database's clock; null: no longer awaited; left out: as it was */
  phoneHomeDueAt?: number | null
  osVersion?: string
  bootId?: string
  machineId?: string
  sshHostKeys?: string[]
  hostName?: string
  origin?: Origin
}

/** PURE: the statement of a change; what is left out of it stays as it was. */
export function instanceSql({ id, status, phoneHomeDueAt, ...change }: InstanceChange & { id: string }): Prisma.Sql {
  const due = phoneHomeDueAt === undefined || phoneHomeDueAt === null ? null : new Date(phoneHomeDueAt)
  const standing = status
    ? Prisma.sql`status = ${JSON.stringify(status.reason)}::jsonb, status_indicator = ${status.indicator}, status_at = clock_timestamp(),`
    : Prisma.empty
  return Prisma.sql`
    update instance
       set ${standing} state = coalesce(${change.state ?? null}, state),
           profile_id = coalesce(${change.profileId ?? null}, profile_id),
           phone_home_due_at = ${phoneHomeDueAt === undefined ? Prisma.sql`phone_home_due_at` : Prisma.sql`${due}::timestamptz`},
           os_version = coalesce(${change.osVersion ?? null}, os_version),
           boot_id = coalesce(${change.bootId ?? null}, boot_id),
           machine_id = coalesce(${change.machineId ?? null}, machine_id),
           host_name = coalesce(${change.hostName ?? null}, host_name),
           ssh_host_keys = coalesce(${change.sshHostKeys ?? null}::text[], ssh_host_keys),
           origin = coalesce(${change.origin ? JSON.stringify(change.origin) : null}::jsonb, origin)
     where id = ${id}`
}

/** Current instances whose OS should have reported itself by now (database clock) and has not. */
export async function overdueInstances(db: Db, limit = 100): Promise<InstanceRecord[]> {
  return readInstances(
    db,
    Prisma.sql`i.phone_home_due_at < clock_timestamp() and i.ended_at is null and i.state not in ('RUNNING', 'FAILED')`,
    limit,
  )
}

/**
 * Nodes whose OS is being installed, or has not reported itself yet, and whose newest seed has one of these URLs in it.
 * @returns how many there are in all, and the names of at most `limit`, in order
 */
export async function unreportedUnder(db: Db, urls: string[], limit = 20): Promise<{ count: number; names: string[] }> {
  const [found] = await db.$queryRaw<{ count: number; names: string[] }[]>`
    with awaited as (
      select n.name from instance i join node n on n.id = i.node_id
       where i.ended_at is null
         and (i.state in ('PENDING', 'PROVISIONING') or i.state = 'PROVISIONED' and i.phone_home_due_at is not null)
         and exists (
           select 1 from action a join unnest(${urls}::text[]) as u(url) on strpos(a.definition::text, u.url) > 0
            where a.run_id = (
              select r.id from run r where r.instance_id = i.id order by r.created_at desc, r.id desc limit 1)))
    select (select count(*)::int from awaited) as count,
           array(select name from awaited order by name limit ${limit}) as names`
  return found ?? { count: 0, names: [] }
}
