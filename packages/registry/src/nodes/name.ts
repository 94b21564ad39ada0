import { ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { uniqueViolation } from '../database/violation.ts'
import type { Identifier } from '../identity/identifiers.ts'

const LONGEST_LABEL = 63

/** A host name out of the identifier that people know best: `node-` and the serial, else the MAC, else the UUID. */
export function nameFromIdentifiers(identifiers: Identifier[]): string {
  const ordered = ['serial', 'mac', 'uuid'].flatMap((kind) => identifiers.find((each) => each.kind === kind) ?? [])
  if (ordered.length === 0) throw new ProblemError('invalid-input', 'The machine has no identifier that could name it.')
  const label = ordered.map(labelOf).find((text) => /[a-z0-9]/.test(text)) ?? ''
  return `node-${label}`.slice(0, LONGEST_LABEL).replace(/-+$/, '')
}

/** What a host name can hold of it; nothing of a script without Latin letters and digits. */
function labelOf({ kind, shown }: Identifier): string {
  const latin = shown.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return latin.replace(/[^a-z0-9]+/g, kind === 'mac' ? '' : '-')
}

/** `name`, or `name-2`, `name-3`, … when it is taken in the site. */
export async function freeName(db: Db, siteId: string, name: string): Promise<string> {
  if (!(await db.node.findUnique({ where: { siteId_name: { siteId, name } }, select: { id: true } }))) return name
  const rows = await db.node.findMany({ where: { siteId, name: { startsWith: stemOf(name) } }, select: { name: true } })
  return numbered(name, new Set([name, ...rows.map((row) => row.name)]))
}

/** PURE: `name`, or `name-2`, `name-3`, … when it is one of those taken. */
export function numbered(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let number = 2; ; number++) {
    const wanted = `${stemOf(name)}-${number}`
    if (!taken.has(wanted)) return wanted
  }
}

const stemOf = (name: string) => name.slice(0, LONGEST_LABEL - 5)

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
