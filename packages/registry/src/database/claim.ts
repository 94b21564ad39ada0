import { AsyncLocalStorage } from 'node:async_hooks'
import type { Prisma } from '../generated/client.ts'

/** In the place of a reply's status, from the first transaction of a claimed request until its reply is kept. */
export const DONE = 0

const claims = new AsyncLocalStorage<string>()

/** Does the work of a request that happens once (access/idempotency.ts): its transactions note that they were made. */
export const underClaim = <T>(hash: string, work: () => Promise<T>): Promise<T> => claims.run(hash, work)

/** Does what is no part of the request that happens to bring it about. */
export const besideClaim = <T>(work: () => T): T => claims.exit(work)

/** Whether what is done now is part of such a request. */
export const isClaimed = (): boolean => claims.getStore() !== undefined

/** The note of a transaction at the claim of its request, if it has one: it is kept with the transaction or not at all. */
export async function keepClaim(tx: Prisma.TransactionClient): Promise<void> {
  const hash = claims.getStore()
  if (hash !== undefined) await tx.idempotency.updateMany({ where: { hash, status: null }, data: { status: DONE } })
}
