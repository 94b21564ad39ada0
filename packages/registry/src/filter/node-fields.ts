import { HostState, InstanceState, Mac, NetbootPolicy, RunState, Status, Uuid } from '@eims/contracts'
import { Prisma } from '../generated/client.ts'
import { canonicalUuid, normaliseSerial } from '../identity/identity.ts'
import { isSeen } from '../nodes/seen.ts'
import { isIdleOf } from '../runs/idle.ts'
import {
  type Field,
  type Fields,
  flag,
  lowerText,
  reference,
  sortable,
  sortableOrNull,
  text,
  time,
  word,
} from './fields.ts'

const { sql } = Prisma

const value = sql`split_part(x.value, chr(31), 1)`

/**
 * Of the row `x`, an identifier: whether a part of it is like that, put so that the index of parts (migration 0037) finds it.
 * Of MACs and UUIDs that index holds the digits alone, since with what stands between them each part would be one of two
 * digits; it finds some too many, so the values themselves are compared as well.
 */
const partOf: Record<'serial' | 'uuid' | 'mac', (like: string) => Prisma.Sql> = {
  serial: (like) => sql`${value} like ${like}`,
  mac: (like) => sql`replace(x.value, ':', '') like ${like.replaceAll(':', '')} and ${value} like ${like}`,
  // One may be shown in the other byte order than the one it is kept in; the index holds both, one behind the other.
  uuid: (like) => sql`replace(lower(x.shown) || ' ' || x.value, '-', '') like ${`%${like.replaceAll('-', '')}%`}
    and (${value} like ${like} or lower(x.shown) like ${like})`,
}

const identifier = (kind: 'serial' | 'uuid' | 'mac', normal: NonNullable<Field['normal']>): Field => {
  // As text, not as a parameter: the indexes of parts are each of one kind.
  const ids = (condition: Prisma.Sql) =>
    sql`select x.node_id from node_identifier x where x.kind = ${Prisma.raw(`'${kind}'`)} and ${condition}`
  return {
    kind: 'text',
    normal,
    where: (condition) => sql`n.id in (${ids(condition(value))})`,
    idsOfPart: (like) => ids(partOf[kind](like)),
  }
}

/** Of the instance that the node has now. */
const ofInstance = (field: Field): Field => ({
  ...field,
  where: (condition) =>
    sql`n.id in (select i.node_id from instance i where i.ended_at is null and ${field.where(condition)})`,
})

const mac = identifier('mac', {
  whole: (given) => Mac.safeParse(given).data,
  part: (given) => given.replace(/[-.]/g, ':').toLowerCase(),
  fault: 'is not a MAC address; part of one is found with mac:52:54 or mac = "52:54:00"*',
})

/** What the judge said a moment before: of kinds of idle nodes, and of single nodes. Who waits for nothing is left out. */
export interface Waiting {
  kinds: { key: string; code: string }[]
  nodes: { id: string; code: string }[]
}

/**
 * The code of what a node waits for.
 * @param among a condition on `n` that each of them meets
 */
export function waitingField({ kinds, nodes }: Waiting, among: Prisma.Sql): Field {
  const judged = (rows: { code: string }[], keys: string[], condition: (column: Prisma.Sql) => Prisma.Sql) =>
    sql`(select w.key from unnest(${keys}::text[], ${rows.map(({ code }) => code)}::text[]) as w (key, code)
          where ${condition(sql`w.code`)})`
  const [keys, ids] = [kinds.map(({ key }) => key), nodes.map(({ id }) => id)]
  return {
    kind: 'text',
    // A select of ids, and no condition with OR: PostgreSQL would ask that of each row, by a list of all instances.
    where: (condition) =>
      sql`n.id in (select n.id from node n where ${among} and ${isIdleOf(judged(kinds, keys, condition))}
                   union all ${judged(nodes, ids, condition)})`,
  }
}

/** What lists of nodes are filtered and ordered by; the row is `n`. */
export const nodeFields: Fields = {
  rowId: sql`n.id`,
  fields: {
    id: sortable(lowerText(sql`n.id`)),
    name: {
      ...sortable(lowerText(sql`n.name`)),
      idsOfPart: (like) => sql`select x.id from node x where x.name like ${like}`,
    },
    serial: identifier('serial', {
      whole: normaliseSerial,
      // As normaliseSerial does it, but for the ends, where a blank may stand between two parts.
      part: (given) => given.normalize('NFKC').replace(/\s+/g, ' ').toLowerCase(),
      fault: 'is not a serial number',
    }),
    uuid: identifier('uuid', {
      whole: (given) => {
        const uuid = Uuid.safeParse(given).data
        return uuid && canonicalUuid(uuid)
      },
      part: (given) => given.toLowerCase(),
      fault: 'is not a UUID; part of one is found with uuid:1111',
    }),
    mac,
    macs: mac,
    manufacturer: sortableOrNull(text(sql`n.manufacturer`)),
    product: sortableOrNull(text(sql`n.product`)),
    registered: sortable(flag(sql`n.registered`)),
    hold: text(sql`n.hold`),
    /** of no node, until somebody judged them (nodes/waiting.ts) */
    waiting: waitingField({ kinds: [], nodes: [] }, sql`true`),
    profile: sortableOrNull(reference(sql`n.profile_id`, 'profile')),
    batch: sortableOrNull(reference(sql`n.batch_id`, 'batch')),
    account: reference(sql`n.account_id`, 'account'),
    site: reference(sql`n.site_id`, 'site'),
    netbootPolicy: word(sql`n.netboot_policy`, NetbootPolicy.options),
    state: sortable(word(sql`n.state`, HostState.options)),
    desired: word(sql`n.desired_state`, HostState.options),
    'status.code': text(sql`(n.status ->> 'code')`),
    'status.indicator': word(sql`n.status_indicator`, Status.shape.indicator.options),
    'instance.state': ofInstance(word(sql`i.state`, InstanceState.options)),
    'instance.profile': ofInstance(reference(sql`i.profile_id`, 'profile')),
    'instance.osVersion': ofInstance(text(sql`i.os_version`)),
    'run.state': word(
      sql`(select r.state from run r where r.node_id = n.id order by r.created_at desc, r.id desc limit 1)`,
      RunState.options,
    ),
    'run.endedAt': time(
      sql`(select r.ended_at from run r where r.node_id = n.id order by r.created_at desc, r.id desc limit 1)`,
    ),
    /** as the counts of its batch have it */
    seen: flag(isSeen),
    lastSeenAt: sortableOrNull(time(sql`n.last_seen_at`)),
    createdAt: sortable(time(sql`n.created_at`)),
  },
  keyed: {
    metadata: (key) => ({
      ...text(sql`(n.metadata ->> ${key})`),
      // The index (migration 0037) holds a number for each pair, which another pair may have as well.
      whole: (
        given,
      ) => sql`(metadata_pairs(n.metadata) @> array[hashtextextended(${key}::text || chr(31) || lower(${given}), 0)]
        and lower(n.metadata ->> ${key}) = lower(${given}))`,
    }),
  },
}
