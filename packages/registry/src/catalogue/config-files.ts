import { type ConfigLevel, withHiddenSecrets } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'

/** A config-file as it is stored, with its hashes, and whose it is. */
export interface StoredConfigFile {
  level: ConfigLevel
  name: string
  text: string
}

/** The config-files that a node gets something of: of its site, batch, own or default profile, and its own. */
export async function configFilesOf(db: Db, nodeId: string): Promise<StoredConfigFile[]> {
  return db.$queryRaw<StoredConfigFile[]>`
    with its as (select n.*, coalesce(n.profile_id, s.default_profile_id) as gets
                   from node n join site s on s.id = n.site_id where n.id = ${nodeId})
    select 'site' as level, s.name, s.config as text from its join site s on s.id = its.site_id where s.config is not null
    union all
    select 'batch', b.name, b.config from its join batch b on b.id = its.batch_id where b.config is not null
    union all
    select 'profile', p.name, p.config from its join profile p on p.id = its.gets where p.config is not null
    union all
    select 'node', its.name, its.config from its where its.config is not null`
}

const CANDIDATES = 50

/** Every stored config-file in which a text stands, a few at a time. */
export async function* configFilesHolding(db: Db, text: string): AsyncGenerator<StoredConfigFile, void> {
  let after = ''
  for (;;) {
    const rows = await db.$queryRaw<(StoredConfigFile & { id: string })[]>`
      select * from (
        select 'site' as level, id, name, config as text from site union all
        select 'batch', id, name, config from batch union all
        select 'profile', id, name, config from profile union all
        select 'node', id, name, config from node) c
       where strpos(text, ${text}) > 0 and id > ${after} order by id limit ${CANDIDATES}`
    yield* rows
    if (rows.length < CANDIDATES) return
    after = rows.at(-1)!.id
  }
}

/** The config-file that one of them carries; null: none. */
export async function storedConfigFile(db: Db, level: ConfigLevel, id: string): Promise<string | null> {
  const rows = await db.$queryRaw<{ config: string | null }[]>`
    select config from ${Prisma.raw(level)} where id = ${id}`
  return rows[0]?.config ?? null
}

/** What is written down of a change, without the secrets of its config-file. */
export const withShownConfig = <T extends { config?: string | null | undefined }>(of: T): T =>
  typeof of.config === 'string' ? { ...of, config: withHiddenSecrets(of.config) } : of
