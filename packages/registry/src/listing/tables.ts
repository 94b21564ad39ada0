import {
  Architecture,
  Finish,
  ImageFormat,
  ImageState,
  ImportState,
  OsType,
  Role,
  SecurityFeature,
  WorkflowReport,
} from '@eims/contracts'
import { flag, reference, sortable, sortableOrNull, text, time, word } from '../filter/fields.ts'
import { nodeFields } from '../filter/node-fields.ts'
import { Prisma } from '../generated/client.ts'
import type { Listing } from './listing.ts'

const { sql } = Prisma

export const nodeListing: Listing = {
  name: 'nodes',
  from: sql`node n`,
  order: 'id',
  ...nodeFields,
}

export const imageListing: Listing = {
  name: 'images',
  from: sql`image`,
  order: 'id',
  fields: {
    id: sortable(text(sql`image.id`)),
    name: sortable(text(sql`image.name`)),
    architecture: word(sql`image.architecture`, Architecture.options),
    format: word(sql`image.format`, ImageFormat.options),
    state: sortable(word(sql`image.state`, ImageState.options)),
    sourceSha256: text(sql`image.source_sha256`),
    sourceUrl: text(sql`image.source_url`),
    createdAt: sortable(time(sql`image.created_at`)),
  },
}

export const profileListing: Listing = {
  name: 'profiles',
  from: sql`profile`,
  order: 'id',
  fields: {
    id: sortable(text(sql`profile.id`)),
    name: sortable(text(sql`profile.name`)),
    description: text(sql`profile.description`),
    image: sortableOrNull(reference(sql`profile.image_id`, 'image')),
    workflow: sortableOrNull(reference(sql`profile.workflow_id`, 'workflow')),
    architecture: word(sql`profile.architecture`, Architecture.options),
    finish: word(sql`profile.finish`, Finish.options),
    type: word(sql`profile.os_type`, OsType.options),
    securityFeature: word(sql`profile.security_feature`, SecurityFeature.options),
    version: sortable(text(sql`profile.version`)),
    overwrite: flag(sql`profile.overwrite`),
    isDefault: flag(sql`exists (select 1 from site x where x.default_profile_id = profile.id)`),
    createdAt: sortable(time(sql`profile.created_at`)),
  },
  keyed: { metadata: (key) => text(sql`(profile.metadata ->> ${key})`) },
}

export const workflowListing: Listing = {
  name: 'workflows',
  from: sql`workflow`,
  order: 'id',
  fields: {
    id: sortable(text(sql`workflow.id`)),
    name: sortable(text(sql`workflow.name`)),
    note: text(sql`workflow.note`),
    reports: word(sql`workflow.reports`, WorkflowReport.options),
    createdAt: sortable(time(sql`workflow.created_at`)),
  },
}

export const addonListing: Listing = {
  name: 'addons',
  from: sql`addon`,
  order: 'id',
  fields: {
    id: sortable(text(sql`addon.id`)),
    name: sortable(text(sql`addon.name`)),
    note: text(sql`addon.note`),
    createdAt: sortable(time(sql`addon.created_at`)),
  },
}

export const batchListing: Listing = {
  name: 'batches',
  from: sql`batch b`,
  order: 'id',
  fields: {
    id: sortable(text(sql`b.id`)),
    name: sortable(text(sql`b.name`)),
    note: text(sql`b.note`),
    createdAt: sortable(time(sql`b.created_at`)),
  },
}

export const accountListing: Listing = {
  name: 'accounts',
  from: sql`account`,
  order: 'id',
  fields: {
    id: sortable(text(sql`account.id`)),
    name: sortable(text(sql`account.name`)),
    userName: sortable(text(sql`account.user_name`)),
    createdAt: sortable(time(sql`account.created_at`)),
  },
}

export const secretListing: Listing = {
  name: 'secrets',
  from: sql`secret`,
  order: 'id',
  fields: {
    id: sortable(text(sql`secret.id`)),
    name: sortable(text(sql`secret.name`)),
    createdAt: sortable(time(sql`secret.created_at`)),
  },
}

export const keyListing: Listing = {
  name: 'keys',
  from: sql`credential`,
  order: 'id',
  fields: {
    id: sortable(text(sql`credential.id`)),
    name: sortable(text(sql`credential.name`)),
    role: sortableOrNull(word(sql`credential.role`, Role.options)),
    local: flag(sql`credential.scope is not null`),
    createdAt: sortable(time(sql`credential.created_at`)),
    expiresAt: time(sql`credential.expires_at`),
    revokedAt: time(sql`credential.revoked_at`),
    usedAt: sortableOrNull(time(sql`credential.used_at`)),
  },
}

export const webhookListing: Listing = {
  name: 'webhooks',
  from: sql`webhook`,
  order: 'id',
  fields: {
    id: sortable(text(sql`webhook.id`)),
    name: sortable(text(sql`webhook.name`)),
    url: text(sql`webhook.url`),
    enabled: flag(sql`webhook.enabled`),
    createdAt: sortable(time(sql`webhook.created_at`)),
  },
}

export const auditListing: Listing = {
  name: 'audit',
  from: sql`audit`,
  id: { sql: sql`audit.id`, type: 'bigint' },
  order: 'id desc',
  fields: {
    actor: sortable(text(sql`audit.actor`)),
    action: sortable(text(sql`audit.action`)),
    subject: text(sql`audit.subject`),
    subjectName: text(sql`audit.subject_name`),
    reason: text(sql`audit.reason`),
    at: sortable(time(sql`audit.at`)),
  },
}

export const importListing: Listing = {
  name: 'imports',
  from: sql`import`,
  order: 'startedAt desc',
  fields: {
    id: sortable(text(sql`import.id`)),
    file: sortableOrNull(text(sql`import.file_name`)),
    actor: sortable(text(sql`import.actor`)),
    state: sortable(word(sql`import.state`, ImportState.options)),
    committed: flag(sql`import.committed`),
    undone: flag(sql`import.undone_at is not null`),
    batch: text(sql`import.batch`),
    sha256: text(sql`import.sha256`),
    startedAt: sortable(time(sql`import.started_at`)),
    endedAt: sortableOrNull(time(sql`import.ended_at`)),
  },
}

export const logListing: Listing = {
  name: 'logs',
  from: sql`log l`,
  id: { sql: sql`l.id`, type: 'bigint' },
  order: 'id',
  fields: {
    runId: text(sql`l.run_id`),
    action: text(sql`l.action_id`),
    stream: word(sql`l.stream`, ['agent', 'stdout', 'stderr']),
    text: text(sql`l.text`),
    at: sortable(time(sql`l.at`)),
  },
}
