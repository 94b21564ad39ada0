import { type NodeInput, worded } from '@eims/contracts'
import { auditSql } from '../audit/audit.ts'
import { withShownConfig } from '../catalogue/config-files.ts'
import { newId } from '../database/id.ts'
import { eventsSql } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'
import type { Identifier } from '../identity/identifiers.ts'
import { selectMade } from './node-row.ts'

/** PURE: identifiers as an event and the audit log tell them. */
export const toldOf = (identifiers: readonly { kind: string; shown: string }[]) =>
  identifiers.map(({ kind, shown }) => ({ kind, value: shown }))

/**
 * PURE: the statement that writes a node with its identifiers, event and entry in the audit log. It tells the
 * node as JudgedRow, or writes nothing and tells nothing: when the name is another's, a profile, batch or account is not there, or `onlyIf` is
 * not so. An identifier that is another's breaks the unique index.
 * @param row.rows   `identifiers` as node_identifier gets them
 * @param row.onlyIf a condition, in which `s` is the site
 */
export function newNodeSql(
  node: { input: NodeInput; registered: boolean; actor: string; identifiers: Identifier[] },
  row: { id: string; name: string; rows: Identifier[]; onlyIf?: Prisma.Sql },
): Prisma.Sql {
  const { input, registered, actor, identifiers } = node
  const { id, name, rows, onlyIf = Prisma.sql`true` } = row
  const { metadata = {}, disk, netbootPolicy = 'allowed', bootFile = null, secureBoot = null, config = null } = input
  const [profile, batch, account] = [input.profile ?? null, input.batch ?? null, input.account ?? null]
  const status = { code: registered ? 'registered' : 'discovered', slots: {} }
  const told = { name, identifiers: toldOf(identifiers) }
  const event = registered
    ? worded({ kind: 'node.registered', nodeId: id, data: { how: 'created', by: actor, ...told } })
    : worded({ kind: 'node.discovered', nodeId: id, data: told })
  const ifMade = Prisma.sql`where exists (select from made)`
  const noted = registered
    ? Prisma.sql`, noted as (${auditSql([{ actor, action: 'node.create', of: { id, name }, after: withShownConfig(input) }])} ${ifMade})`
    : Prisma.empty
  const column = (key: keyof Identifier) => rows.map((each) => each[key])
  return Prisma.sql`
    with made as (
      insert into node (id, site_id, name, registered, manufacturer, product, metadata, disk, netboot_policy, boot_file,
                        secure_boot, config, profile_id, batch_id, account_id, state, desired_state, status, status_indicator)
      select ${id}, s.id, ${name}, ${registered}::boolean, ${input.manufacturer || null}, ${input.product || null},
             ${JSON.stringify(metadata)}::jsonb, ${disk ? JSON.stringify(disk) : null}::jsonb, ${netbootPolicy}, ${bootFile},
             ${secureBoot}, ${config},
             p.id, b.id, c.id, 'REGISTERED', 'ONBOARDED', ${JSON.stringify(status)}::jsonb, 'IDLE'
        from site s left join profile p on p.site_id = s.id and p.name = ${profile}
        left join batch b on b.site_id = s.id and b.name = ${batch} left join account c on c.name = ${account}
       where (p.id is null) = (${profile}::text is null) and (b.id is null) = (${batch}::text is null)
         and (c.id is null) = (${account}::text is null) and ${onlyIf}
      on conflict do nothing returning *
    ), identified as (
      insert into node_identifier (id, node_id, kind, value, shown)
      select i.id, made.id, i.kind, i.value, i.shown
        from made, unnest(${rows.map(() => newId())}::text[], ${column('kind')}::text[], ${column('value')}::text[], ${column('shown')}::text[])
          as i (id, kind, value, shown)
      returning id, kind, shown, provisional
    ), told as (${eventsSql([event])} ${ifMade})${noted}
    ${selectMade}`
}
