import { type AccountInput, type LocalAccount, ProblemError, type Profile, type PublicAccount } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import type { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { accountListing } from '../listing/tables.ts'
import { byRef, meantBy } from './by-ref.ts'
import { removeUnused, withNameTaken } from './conflicts.ts'

type AccountRow = Prisma.AccountModel

const publicOfRow = (row: AccountRow): PublicAccount => ({
  id: row.id,
  name: row.name,
  userName: row.userName,
  sshKeys: row.sshKeys,
  hasPassword: row.passwordHash !== null,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

const withHash = (row: AccountRow): LocalAccount => ({
  userName: row.userName,
  sshKeys: row.sshKeys,
  ...(row.passwordHash === null ? {} : { passwordHash: row.passwordHash }),
})

/** @throws ProblemError already-exists */
export async function createAccount(db: Db, input: AccountInput): Promise<PublicAccount> {
  const { passwordHash = null, ...rest } = input
  return withNameTaken('an account', input.name, async () =>
    publicOfRow(await db.account.create({ data: { id: newId(), ...rest, passwordHash } })),
  )
}

/**
 * Runs already made keep what they were made with. For the same user name the password hash stays unless another one
 * is given: replies never show it, so nobody who changes something else could send it back.
 * @throws ProblemError not-found, already-exists
 */
export async function replaceAccount(db: Db, ref: string, input: AccountInput): Promise<PublicAccount> {
  const before = await findRow(db, ref)
  const kept = before.userName === input.userName ? before.passwordHash : null
  const { passwordHash = kept, ...rest } = input
  return withNameTaken('an account', input.name, async () =>
    publicOfRow(await db.account.update({ where: { id: before.id }, data: { ...rest, passwordHash } })),
  )
}

/** By id or name. @throws ProblemError not-found */
export async function getAccount(db: Db, ref: string): Promise<PublicAccount> {
  return publicOfRow(await findRow(db, ref))
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listAccounts(db: Db, page: Page): Promise<Listed<PublicAccount>> {
  const found = await listIds(db, accountListing, page)
  const rows = await db.account.findMany({ where: { id: { in: found.ids } } })
  return listed(found, rows, (row) => row.id, publicOfRow)
}

/** @throws ProblemError not-found; in-use while nodes have it or it is the site's default */
export async function deleteAccount(db: Db, ref: string): Promise<PublicAccount> {
  const row = await findRow(db, ref)
  const { id, name } = row
  if (await db.site.findFirst({ where: { defaultAccountId: id }, select: { id: true } }))
    throw new ProblemError('in-use', `Account ${name} is the site's default. Set another one, or none, first.`)
  const nodes = await db.node.findMany({ where: { accountId: id }, select: { name: true }, take: 5 })
  await removeUnused(`Account ${name}`, 'node', nodes, () => db.account.deleteMany({ where: { id } }))
  return publicOfRow(row)
}

/** The account that a unit gets: its node's own, else its profile's, else the site's default; with the password's hash. */
export async function effectiveAccount(
  db: Db,
  nodeId: string,
  profile: Pick<Profile, 'account'>,
): Promise<LocalAccount | undefined> {
  const own = await db.account.findFirst({ where: { nodes: { some: { id: nodeId } } } })
  if (own) return withHash(own)
  if (profile.account) return profile.account
  const fallback = await db.account.findFirst({ where: { defaultOf: { some: { nodes: { some: { id: nodeId } } } } } })
  return fallback ? withHash(fallback) : undefined
}

async function findRow(db: Db, ref: string): Promise<AccountRow> {
  return await meantBy(db, ref, await db.account.findMany({ where: byRef(ref) }), 'account')
}
