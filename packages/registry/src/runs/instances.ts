import { type InstanceState, ProblemError, type Status } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { Prisma } from '../generated/client.ts'
import { type InstanceJson, type InstanceRecord, instanceRecordOfJson } from './instance-row.ts'

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

/** Makes a node's next instance, PENDING, and ends the former one. In a transaction, the caller holds lockNode. */
export async function createInstance(
  db: Db,
  instance: { nodeId: string; profileId: string; statusText?: string },
): Promise<InstanceRecord> {
  const id = newId()
  const { nodeId, profileId, statusText = 'Waiting to be provisioned' } = instance
  await db.$executeRaw`update instance set ended_at = clock_timestamp() where node_id = ${nodeId} and ended_at is null`
  await db.$executeRaw`
    insert into instance (id, node_id, profile_id, state, desired_state, status_text, status_indicator, ssh_host_keys)
    values (${id}, ${nodeId}, ${profileId}, 'PENDING', 'RUNNING', ${statusText}, 'IDLE', '{}')`
  return getInstance(db, id)
}

/** The profile that an instance gets in truth: another one may apply by the time that its run is made. */
export async function setInstanceProfile(db: Db, id: string, profileId: string): Promise<void> {
  await db.$executeRaw`update instance set profile_id = ${profileId} where id = ${id}`
}

export interface InstanceChange {
  state: InstanceState
  statusText: string
  indicator: Status['indicator']
  /** milliseconds since 1970 on the database's clock; null: no longer awaited; left out: as it was */
  phoneHomeDueAt?: number | null
  osVersion?: string
  bootId?: string
  machineId?: string
  sshHostKeys?: string[]
}

/** One statement; what is left out of `change` stays as it was. */
export async function setInstanceState(db: Db, id: string, change: InstanceChange): Promise<void> {
  const due =
    change.phoneHomeDueAt === undefined
      ? undefined
      : change.phoneHomeDueAt === null
        ? null
        : new Date(change.phoneHomeDueAt)
  await db.$executeRaw`
    update instance
       set state = ${change.state}, status_text = ${change.statusText}, status_indicator = ${change.indicator},
           status_at = clock_timestamp(),
           phone_home_due_at = ${due === undefined ? Prisma.sql`phone_home_due_at` : Prisma.sql`${due}::timestamptz`},
           os_version = coalesce(${change.osVersion ?? null}, os_version),
           boot_id = coalesce(${change.bootId ?? null}, boot_id),
           machine_id = coalesce(${change.machineId ?? null}, machine_id),
           ssh_host_keys = coalesce(${change.sshHostKeys ?? null}::text[], ssh_host_keys)
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
