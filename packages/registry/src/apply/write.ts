import { type ApplyNode, ProblemError, worded } from '@eims/contracts'
import { auditNodes } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { appendEvents } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'
import { normaliseManufacturer } from '../identity/identity.ts'
import { nameFromIdentifiers, numbered } from '../nodes/name.ts'
import { toldOf } from '../nodes/new-row.ts'
import type { NamesTo } from './known.ts'
import type { PlannedNode } from './plan.ts'

/** So many rows go into one statement of events or of the audit log. */
const AT_ONCE = 500

/** Gives a name to those that were given none. */
export async function nameNew(tx: Db, siteId: string, planned: PlannedNode[]): Promise<void> {
  const nameless = planned.filter(({ after }) => after.name === '')
  if (nameless.length === 0) return
  const rows = await tx.node.findMany({ where: { siteId }, select: { name: true } })
  const taken = new Set([...rows.map(({ name }) => name), ...planned.map(({ after }) => after.name)])
  for (const { after, fresh } of nameless) {
    after.name = numbered(nameFromIdentifiers(fresh), taken)
    taken.add(after.name)
  }
}

/**
 * Writes what is planned, by a fixed number of statements; an event and an entry in the audit log for each node.
 * @param ids of what the nodes given refer to, by the names that are used there
 * @throws ProblemError busy when one of these names is not there any more
 */
export async function writeNodes(
  tx: Db,
  planned: PlannedNode[],
  { nodes, ids, siteId, actor }: { nodes: ApplyNode[]; ids: NamesTo; siteId: string; actor: string },
): Promise<void> {
  const rows = planned
    .filter(({ known, changes }) => !known || changes.length > 0)
    .map((plan) => ({ ...plan, id: plan.known?.id ?? newId() }))
  const documents = rows.map((row) => ({
    ...row.after,
    config: row.config ?? null,
    setsConfig: row.config !== undefined,
    id: row.id,
    profile: referred(row, 'profile', ids),
    batch: referred(row, 'batch', ids),
    account: referred(row, 'account', ids),
  }))
  const made = documents.filter((_, index) => !rows[index]!.known)
  const changed = documents.filter((_, index) => rows[index]!.known)
  const gone = rows.flatMap((row) => row.gone.map(({ id }) => id))
  await tx.$executeRaw`delete from node_identifier where id = any(${gone}::text[])`
  await tx.$executeRaw`
    insert into node (id, site_id, batch_id, name, manufacturer, product, registered, profile_id, account_id, disk, hardware,
                      metadata, netboot_policy, boot_file, secure_boot, config, state, desired_state, status, status_indicator)
    select id, ${siteId}, batch, name, manufacturer, product, true, profile, account, nullif(disk, 'null'),
           nullif(hardware, 'null'), metadata, "netbootPolicy", "bootFile", "secureBoot", config, 'REGISTERED', 'ONBOARDED', '{"code": "registered", "slots": {}}', 'IDLE'
      from ${recordsOf(made)}`
  await tx.$executeRaw`
    update node n set registered = true, name = r.name, batch_id = r.batch, manufacturer = r.manufacturer,
           product = r.product, profile_id = r.profile, account_id = r.account, disk = nullif(r.disk, 'null'),
           hardware = case when ${nodes.some(({ hardware }) => hardware !== undefined)} then nullif(r.hardware, 'null') else n.hardware end,
           plan_fault = null, metadata = r.metadata, netboot_policy = r."netbootPolicy", boot_file = r."bootFile", secure_boot = r."secureBoot",
           config = case when r."setsConfig" then r.config else n.config end, updated_at = clock_timestamp()
      from ${recordsOf(changed)}
     where n.id = r.id`
  const confirmed = rows.flatMap((row) => row.confirmed.map(({ id }) => id))
  await tx.$executeRaw`update node_identifier set provisional = false where id = any(${confirmed}::text[])`
  const fresh = rows.flatMap(({ id: nodeId, after, fresh, shared }) =>
    fresh.map((row) => ({
      id: newId(),
      nodeId,
      kind: row.kind,
      value: shared.has(row) ? `${row.value}\u001f${normaliseManufacturer(after.manufacturer)}` : row.value,
      shown: row.shown,
      provisional: row.provisional ?? false,
    })),
  )
  await tx.$executeRaw`
    insert into node_identifier (id, node_id, kind, value, shown, provisional)
    select id, "nodeId", kind, value, shown, provisional
      from jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb)
           as r (id text, "nodeId" text, kind text, value text, shown text, provisional boolean)`
  await tell(tx, rows, nodes, actor)
}

/** The documents as rows `r`. */
const recordsOf = (documents: object[]) => Prisma.sql`
  jsonb_to_recordset(${JSON.stringify(documents)}::jsonb)
    as r (id text, batch text, name text, manufacturer text, product text, profile text, account text, disk jsonb,
          hardware jsonb, metadata jsonb, "netbootPolicy" text, "bootFile" text, "secureBoot" text, config text, "setsConfig" boolean)`

function referred({ known, after }: PlannedNode, field: keyof NamesTo, ids: NamesTo): string | null {
  const name = after[field]
  if (known && name === known[field]) return known.ids[field]
  const id = name === null ? null : ids[field].get(name)
  if (id === undefined)
    throw new ProblemError('busy', `The ${field} ${name} was renamed or removed a moment ago; apply it again.`)
  return id
}

/** What is long stands in the registry as a whole, and a config-file as it was given holds passwords. */
function withoutDocuments(node: ApplyNode): ApplyNode {
  const { hardware: _, config: __, ...rest } = node
  return rest
}

/** The same events and entries as of nodes that are registered and changed one by one. */
async function tell(tx: Db, rows: (PlannedNode & { id: string })[], nodes: ApplyNode[], actor: string): Promise<void> {
  const told = rows.map(({ index, id, known, after, changes, fresh }) => {
    const of = { id, name: after.name }
    const patch = Object.fromEntries(changes.map(({ field, to }) => [field, to]))
    const before = Object.fromEntries(changes.map(({ field, from }) => [field, from]))
    const isNew = !known?.registered
    const changed = known ? { was: before, patch } : {}
    const identifiers = toldOf(known ? known.identifiers : fresh)
    const event = isNew
      ? worded({
          kind: 'node.registered',
          nodeId: id,
          data: { how: known ? 'taken-over' : 'created', name: after.name, by: actor, identifiers, ...changed },
        })
      : worded({ kind: 'node.changed', nodeId: id, data: { how: 'fields', by: actor, ...changed } })
    const entry = isNew
      ? {
          actor,
          action: 'node.create' as const,
          of,
          ...(known ? { before } : {}),
          after: withoutDocuments(nodes[index]!),
        }
      : { actor, action: 'node.patch' as const, of, before, after: patch }
    return { event, entry }
  })
  for (let from = 0; from < told.length; from += AT_ONCE) {
    const some = told.slice(from, from + AT_ONCE)
    await appendEvents(
      tx,
      some.map(({ event }) => event),
    )
    await auditNodes(
      tx,
      some.map(({ entry }) => entry),
    )
  }
}
