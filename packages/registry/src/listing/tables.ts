import { nodeFields } from '../filter/node-fields.ts'
import {
  accountFields,
  auditFields,
  batchFields,
  imageFields,
  keyFields,
  logFields,
  profileFields,
} from '../filter/other-fields.ts'
import { Prisma } from '../generated/client.ts'
import type { Listing } from './listing.ts'
import type { OrderColumn } from './order.ts'

const { sql } = Prisma
const text = (column: Prisma.Sql): OrderColumn => ({ sql: column, type: 'text' })
/** A row comparison with null is null: what is not there counts as nothing, and comes first. */
const optional = (column: Prisma.Sql) => text(sql`coalesce(${column}, '')`)
const time = (column: Prisma.Sql): OrderColumn => ({ sql: column, type: 'timestamptz' })
const optionalTime = (column: Prisma.Sql) => time(sql`coalesce(${column}, '-infinity'::timestamptz)`)
const nameBehind = (column: Prisma.Sql, table: string) =>
  optional(sql`(select x.name from ${Prisma.raw(table)} x where x.id = ${column})`)

export const nodeListing: Listing = {
  name: 'nodes',
  from: sql`node n`,
  fields: nodeFields,
  columns: {
    id: text(sql`n.id`),
    name: text(sql`n.name`),
    manufacturer: optional(sql`n.manufacturer`),
    product: optional(sql`n.product`),
    profile: nameBehind(sql`n.profile_id`, 'profile'),
    batch: nameBehind(sql`n.batch_id`, 'batch'),
    state: text(sql`n.state`),
    registered: { sql: sql`n.registered`, type: 'boolean' },
    lastSeenAt: optionalTime(sql`n.last_seen_at`),
    createdAt: time(sql`n.created_at`),
  },
  order: 'id',
}

export const imageListing: Listing = {
  name: 'images',
  from: sql`image`,
  fields: imageFields,
  columns: {
    id: text(sql`image.id`),
    name: text(sql`image.name`),
    state: text(sql`image.state`),
    createdAt: time(sql`image.created_at`),
  },
  order: 'id',
}

export const profileListing: Listing = {
  name: 'profiles',
  from: sql`profile`,
  fields: profileFields,
  columns: {
    id: text(sql`profile.id`),
    name: text(sql`profile.name`),
    image: nameBehind(sql`profile.image_id`, 'image'),
    version: text(sql`profile.version`),
    createdAt: time(sql`profile.created_at`),
  },
  order: 'id',
}

export const batchListing: Listing = {
  name: 'batches',
  from: sql`batch b`,
  fields: batchFields,
  columns: { id: text(sql`b.id`), name: text(sql`b.name`), createdAt: time(sql`b.created_at`) },
  order: 'id',
}

export const accountListing: Listing = {
  name: 'accounts',
  from: sql`account`,
  fields: accountFields,
  columns: {
    id: text(sql`account.id`),
    name: text(sql`account.name`),
    userName: text(sql`account.user_name`),
    createdAt: time(sql`account.created_at`),
  },
  order: 'id',
}

export const keyListing: Listing = {
  name: 'keys',
  from: sql`credential`,
  fields: keyFields,
  columns: {
    id: text(sql`credential.id`),
    name: text(sql`credential.name`),
    role: optional(sql`credential.role`),
    createdAt: time(sql`credential.created_at`),
    usedAt: optionalTime(sql`credential.used_at`),
  },
  order: 'id',
}

export const auditListing: Listing = {
  name: 'audit',
  from: sql`audit`,
  fields: auditFields,
  columns: {
    id: { sql: sql`audit.id`, type: 'bigint' },
    at: time(sql`audit.at`),
    actor: text(sql`audit.actor`),
    action: text(sql`audit.action`),
  },
  order: 'id desc',
}

export const logListing: Listing = {
  name: 'logs',
  from: sql`log l`,
  fields: logFields,
  columns: { id: { sql: sql`l.id`, type: 'bigint' }, at: time(sql`l.at`) },
  order: 'id',
}
