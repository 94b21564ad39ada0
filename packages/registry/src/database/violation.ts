import { Prisma } from '../generated/client.ts'

/** The name of the unique index or its columns that an insert or update ran into; undefined for other errors. */
export function uniqueViolation(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined
  const isUnique = error.code === 'P2002' || (error.code === 'P2010' && JSON.stringify(error.meta).includes('23505'))
  return isUnique ? `${JSON.stringify(error.meta ?? {})} ${error.message}` : undefined
}

/**
 * Whether a delete was refused because something still refers to the row (SQLSTATE 23001, 23503), or a change because
 * what it refers to is gone.
 */
export function isStillReferred(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  if (['P2003', 'P2014'].includes(error.code)) return true
  return error.code === 'P2010' && /"(23001|23503)"/.test(JSON.stringify(error.meta ?? {}))
}

/**
 * Whether a transaction was given up because others held what it needed: it waited too long (P2028), or PostgreSQL ended
 * one of several that waited for each other (P2034; SQLSTATE 40001, 40P01, 55P03). Nothing of it was done.
 */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  if (['P2028', 'P2034'].includes(error.code)) return true
  return error.code === 'P2010' && /"(40001|40P01|55P03)"/.test(JSON.stringify(error.meta ?? {}))
}
