import { MAX_BULK, ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { filterWhere } from '../filter/where.ts'
import { Prisma } from '../generated/client.ts'
import { findNodeId, noNode } from './nodes.ts'
import { fieldsFor, type WaitingReader } from './waiting.ts'

/** Nodes by their ids, and what was asked for that is none. */
export interface Selection {
  nodes: { id: string; name: string }[]
  /** each with the reason: not-found, or identity-conflict when it stands for several */
  unknown: { ref: string; fault: ProblemError }[]
}

/**
 * The nodes of a bulk action, oldest first: those of `ids`, of the filter, or both.
 * @throws ProblemError invalid-input for a filter that cannot be read, and for more than MAX_BULK nodes
 */
export async function selectNodes(
  db: Db,
  { filter, ids }: { filter?: string | undefined; ids?: string[] | undefined },
  waitingOf?: WaitingReader,
): Promise<Selection> {
  const path = 'body.select.filter'
  const fields = await fieldsFor(db, filter, waitingOf, path)
  const { found, unknown } = ids ? await resolve(db, ids) : { found: undefined, unknown: [] }
  const among = found ? Prisma.sql`and n.id = any(${found}::text[])` : Prisma.empty
  const nodes = await db.$queryRaw<{ id: string; name: string }[]>`
    select n.id, n.name from node n where ${filterWhere(filter, fields, path)} ${among}
     order by n.id limit ${MAX_BULK + 1}::bigint`
  if (nodes.length > MAX_BULK) {
    const message = `lets more than ${MAX_BULK} nodes through; narrow it down`
    throw new ProblemError('invalid-input', `${path} ${message}.`, [{ path, message }])
  }
  return { nodes, unknown }
}

/** Most are ids, which one statement finds; the rest is looked up one by one. */
async function resolve(db: Db, refs: string[]): Promise<{ found: string[] } & Pick<Selection, 'unknown'>> {
  const rows = await db.$queryRaw<{ id: string; name: string }[]>`
    select id, name from node where id = any(${refs}::text[]) or name = any(${refs.map((ref) => ref.toLowerCase())}::text[])`
  const known = new Map(rows.flatMap(({ id, name }) => [[name, id] as const]))
  const ids = new Set(rows.map(({ id }) => id))
  const found = new Set<string>()
  const unknown: Selection['unknown'] = []
  for (const ref of new Set(refs)) {
    try {
      const id = ids.has(ref) ? ref : (known.get(ref.toLowerCase()) ?? (await findNodeId(db, ref)))
      if (id === null) throw noNode(ref)
      found.add(id)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      unknown.push({ ref, fault: error })
    }
  }
  return { found: [...found], unknown }
}
