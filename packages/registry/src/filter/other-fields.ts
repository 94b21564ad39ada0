import { Architecture, Finish, ImageFormat, ImageState, OsType, Role, SecurityFeature } from '@eims/contracts'
import { Prisma } from '../generated/client.ts'
import { type Fields, flag, reference, text, time, word } from './fields.ts'

const { sql } = Prisma

/** The row is `image`. */
export const imageFields: Fields = {
  fields: {
    id: text(sql`image.id`),
    name: text(sql`image.name`),
    architecture: word(sql`image.architecture`, Architecture.options),
    format: word(sql`image.format`, ImageFormat.options),
    state: word(sql`image.state`, ImageState.options),
    sourceSha256: text(sql`image.source_sha256`),
    createdAt: time(sql`image.created_at`),
  },
}

/** The row is `profile`. */
export const profileFields: Fields = {
  fields: {
    id: text(sql`profile.id`),
    name: text(sql`profile.name`),
    description: text(sql`profile.description`),
    image: reference(sql`profile.image_id`, 'image'),
    architecture: word(sql`profile.architecture`, Architecture.options),
    finish: word(sql`profile.finish`, Finish.options),
    type: word(sql`profile.os_type`, OsType.options),
    securityFeature: word(sql`profile.security_feature`, SecurityFeature.options),
    version: text(sql`profile.version`),
    overwrite: flag(sql`profile.overwrite`),
    isDefault: flag(sql`exists (select 1 from site x where x.default_profile_id = profile.id)`),
    createdAt: time(sql`profile.created_at`),
  },
  keyed: { metadata: (key) => text(sql`(profile.metadata ->> ${key})`) },
}

/** The row is `b`. */
export const batchFields: Fields = {
  fields: {
    id: text(sql`b.id`),
    name: text(sql`b.name`),
    note: text(sql`b.note`),
    createdAt: time(sql`b.created_at`),
  },
}

/** The row is `account`. */
export const accountFields: Fields = {
  fields: {
    id: text(sql`account.id`),
    name: text(sql`account.name`),
    userName: text(sql`account.user_name`),
    createdAt: time(sql`account.created_at`),
  },
}

/** The row is `credential`. */
export const keyFields: Fields = {
  fields: {
    id: text(sql`credential.id`),
    name: text(sql`credential.name`),
    role: word(sql`credential.role`, Role.options),
    local: flag(sql`credential.scope is not null`),
    createdAt: time(sql`credential.created_at`),
    expiresAt: time(sql`credential.expires_at`),
    revokedAt: time(sql`credential.revoked_at`),
    usedAt: time(sql`credential.used_at`),
  },
}

/** The row is `audit`. */
export const auditFields: Fields = {
  fields: {
    actor: text(sql`audit.actor`),
    action: text(sql`audit.action`),
    subject: text(sql`audit.subject`),
    subjectName: text(sql`audit.subject_name`),
    reason: text(sql`audit.reason`),
    at: time(sql`audit.at`),
  },
}

/** The row is `l`. */
export const logFields: Fields = {
  fields: {
    runId: text(sql`l.run_id`),
    action: text(sql`l.action_id`),
    stream: word(sql`l.stream`, ['agent', 'stdout', 'stderr']),
    text: text(sql`l.text`),
    at: time(sql`l.at`),
  },
}
