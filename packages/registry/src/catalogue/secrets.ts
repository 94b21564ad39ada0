import { ProblemError, type Secret, type SecretInput, type SecretPatch, secretFault } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { secretListing } from '../listing/tables.ts'
import { forgetPlanFaults } from '../nodes/plan-fault.ts'
import { meantBy } from './by-ref.ts'
import { withNameTaken } from './conflicts.ts'

type Values = Record<string, string>

interface SecretRow {
  id: string
  name: string
  keys: Secret['keys'] | null
  created_at: Date
  updated_at: Date
}

/** Without their values: these never leave the database but for a run or a check. */
async function readSecrets(db: Db, where: Prisma.Sql): Promise<Secret[]> {
  const rows = await db.$queryRaw<SecretRow[]>`
    select id, name, created_at, updated_at,
           (select json_agg(json_build_object('key', key, 'bytes', octet_length(value)) order by key collate "C")
              from jsonb_each_text("values")) as keys
      from secret where ${where} order by id`
  return rows.map(({ id, name, keys, created_at, updated_at }) => ({
    id,
    name,
    keys: keys ?? [],
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  }))
}

function checked(values: Values): Values {
  const fault = secretFault(values)
  if (fault) throw new ProblemError('invalid-input', `body.values ${fault}`, [{ path: 'body.values', message: fault }])
  return values
}

/** @throws ProblemError already-exists; invalid-input when its values are too much together */
export async function createSecret(db: Db, { name, values }: SecretInput): Promise<Secret> {
  const id = newId()
  await withNameTaken('a secret', name, () =>
    db.secret.create({ data: { id, name, values: checked(values) }, select: { id: true } }),
  )
  await forgetPlanFaults(db)
  return getSecret(db, id)
}

/**
 * Runs already made keep what they were made with; values that are there already change nothing.
 * @throws ProblemError not-found; invalid-input when it would be empty, or too much
 */
export async function patchSecret(db: Db, ref: string, patch: SecretPatch): Promise<Secret> {
  const { id } = await getSecret(db, ref)
  const { values: before } = await db.secret.findUniqueOrThrow({ where: { id }, select: { values: true } })
  const after = { ...(before as Values) }
  for (const [key, value] of Object.entries(patch.values))
    if (value === null) delete after[key]
    else after[key] = value
  if (Object.keys(after).length === 0)
    throw new ProblemError('invalid-input', 'body.values leaves no key; delete the secret', [
      { path: 'body.values', message: 'leaves no key; delete the secret' },
    ])
  const isSame =
    Object.keys(after).length === Object.keys(before as Values).length &&
    Object.entries(after).every(([key, value]) => (before as Values)[key] === value)
  if (!isSame) {
    await db.secret.update({ where: { id }, data: { values: checked(after) }, select: { id: true } })
    await forgetPlanFaults(db)
  }
  return getSecret(db, id)
}

/** By id or name. @throws ProblemError not-found */
export async function getSecret(db: Db, ref: string): Promise<Secret> {
  return await meantBy(db, ref, await readSecrets(db, Prisma.sql`id = ${ref} or name = ${ref}`), 'secret')
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listSecrets(db: Db, page: Page): Promise<Listed<Secret>> {
  const found = await listIds(db, secretListing, page)
  return listed(
    found,
    await readSecrets(db, Prisma.sql`id = any(${found.ids}::text[])`),
    ({ id }) => id,
    (secret) => secret,
  )
}

/** Whoever removes it has looked for config-files that name it. @throws ProblemError not-found */
export async function deleteSecret(db: Db, ref: string): Promise<Secret> {
  const secret = await getSecret(db, ref)
  await db.secret.deleteMany({ where: { id: secret.id } })
  return secret
}

/**
 * The values of secrets by name and key, for what a machine is given. In a transaction nobody removes or changes them before
 * it ends.
 */
export async function secretValues(
  db: Db,
  names: readonly string[],
): Promise<Map<string, ReadonlyMap<string, string>>> {
  if (names.length === 0) return new Map()
  const rows = await db.$queryRaw<{ name: string; values: Values }[]>`
    select name, "values" from secret where name = any(${names}::text[]) order by id for share`
  return new Map(rows.map(({ name, values }) => [name, new Map(Object.entries(values))]))
}
