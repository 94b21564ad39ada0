import type { Db } from '../database/database.ts'

/** What the cells of an import may name. Each is a map from name (and id) to id. */
export interface ImportReferences {
  siteId: string
  siteName: string
  profiles: Map<string, string>
  batches: Map<string, string>
  accounts: Map<string, string>
  /** for messages */
  profileNames: string[]
  accountNames: string[]
}

/** Reads the names of profiles, batches and accounts once, for all rows. */
export async function importReferences(db: Db): Promise<ImportReferences> {
  const select = { id: true, name: true } as const
  const orderBy = { name: 'asc' } as const
  const [site, profiles, batches, accounts] = await Promise.all([
    db.site.findFirstOrThrow({ select }),
    db.profile.findMany({ select, orderBy }),
    db.batch.findMany({ select }),
    db.account.findMany({ select, orderBy }),
  ])
  const byName = (rows: { id: string; name: string }[]) =>
    new Map(rows.flatMap(({ id, name }) => [[id, id] as const, [name, id] as const]))
  return {
    siteId: site.id,
    siteName: site.name,
    profiles: byName(profiles),
    batches: byName(batches),
    accounts: byName(accounts),
    profileNames: profiles.map(({ name }) => name),
    accountNames: accounts.map(({ name }) => name),
  }
}
