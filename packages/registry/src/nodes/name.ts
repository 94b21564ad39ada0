import { ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { uniqueViolation } from '../database/violation.ts'
import type { Identifier } from '../identity/identifiers.ts'

const LONGEST_LABEL = 63

/** A host name out of the identifier that people know best: `node-` and the serial, else the MAC, else the UUID. */
export function nameFromIdentifiers(identifiers: Identifier[]): string {
  const best = ['serial', 'mac', 'uuid'].map((kind) => identifiers.find((each) => each.kind === kind)).find(Boolean)
  if (!best) throw new ProblemError('invalid-input', 'The machine has no identifier that could name it.')
  const separator = best.kind === 'mac' ? '' : '-'
  const label = best.shown.toLowerCase().replace(/[^a-z0-9]+/g, separator)
  return `node-${label}`.slice(0, LONGEST_LABEL).replace(/-+$/, '')
}

/** `name`, or `name-2`, `name-3`, … when it is taken in the site. */
export async function freeName(db: Db, siteId: string, name: string): Promise<string> {
  if (!(await db.node.findUnique({ where: { siteId_name: { siteId, name } }, select: { id: true } }))) return name
  const stem = name.slice(0, LONGEST_LABEL - 5)
  const rows = await db.node.findMany({ where: { siteId, name: { startsWith: stem } }, select: { name: true } })
  const taken = new Set(rows.map((row) => row.name))
  for (let number = 2; ; number++) {
    const wanted = `${stem}-${number}`
    if (!taken.has(wanted)) return wanted
  }
}

/** Another node's name is said as such. */
export async function renaming(name: string, update: () => Promise<unknown>): Promise<void> {
  try {
    await update()
  } catch (error) {
    if (uniqueViolation(error) !== undefined) throw nameTaken(name)
    throw error
  }
}

export const nameTaken = (name: string) => new ProblemError('already-exists', `There is a node called ${name} already.`)
