/** A statement that came so often is likely to come again (pgJDBC's prepareThreshold). */
const OFTEN = 5
/** So many are kept prepared: each connection holds the plan of each one that it met. */
const MOST = 128
/** So many texts that came less often are remembered; filters and lists of ids make new ones without end. */
const REMEMBERED = 1024

/**
 * Names for the statements that are worth preparing: PostgreSQL parses and plans one with a name once for each
 * connection, and one without a name each time. For `statementNameGenerator` of Prisma's adapter, one for each pool.
 * @returns given the text of a statement: its name; undefined as long as it has none
 */
export function statementNames({ often = OFTEN, most = MOST, remembered = REMEMBERED } = {}) {
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  return (sql: string): string | undefined => {
    const name = names.get(sql)
    if (name !== undefined || names.size >= most) return name
    const count = (counts.get(sql) ?? 0) + 1
    counts.delete(sql)
    if (count >= often) {
      names.set(sql, `eims_${names.size}`)
      return names.get(sql)
    }
    counts.set(sql, count)
    const [oldest] = counts.keys()
    if (counts.size > remembered) counts.delete(oldest!)
    return undefined
  }
}
