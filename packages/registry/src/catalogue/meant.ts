import { nearest } from '@eims/contracts'
import type { Db } from '../database/database.ts'

/** Beyond this many names none is suggested: whoever has more does not type them. */
const MOST_NAMES = 1000

const namesOf = {
  profile: (db: Db) => db.profile.findMany({ select: { name: true }, take: MOST_NAMES }),
  workflow: (db: Db) => db.workflow.findMany({ select: { name: true }, take: MOST_NAMES }),
  addon: (db: Db) => db.addon.findMany({ select: { name: true }, take: MOST_NAMES }),
  image: (db: Db) => db.image.findMany({ select: { name: true }, take: MOST_NAMES }),
  batch: (db: Db) => db.batch.findMany({ select: { name: true }, take: MOST_NAMES }),
  webhook: (db: Db) => db.webhook.findMany({ select: { name: true }, take: MOST_NAMES }),
  secret: (db: Db) => db.secret.findMany({ select: { name: true }, take: MOST_NAMES }),
  account: (db: Db) => db.account.findMany({ select: { name: true }, take: MOST_NAMES }),
} satisfies Record<string, (db: Db) => Promise<{ name: string }[]>>

/** What has names that a person types. */
export type What = keyof typeof namesOf

/** For the end of a sentence that nothing is called so: `; did you mean kiosk?`, or nothing when no name is near. */
export async function orMeant(db: Db, what: What, name: string): Promise<string> {
  const names = await namesOf[what](db)
  const meant = nearest(
    name,
    names.map((each) => each.name),
  )
  return meant === null ? '' : `; did you mean ${meant}?`
}
