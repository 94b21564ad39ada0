import type { BulkAction, BulkInput, BulkReport, Client } from '@eims/contracts'
import { table } from './output.ts'
import type { ProgressLine } from './progress.ts'
import { Refusal } from './refusal.ts'
import type { Screen } from './screen.ts'

/** Small enough that a request ends soon and the progress moves, large enough that requests do not count. */
const AT_ONCE = 100
/** Of what the server does to many by one statement. */
const TOGETHER = 2000
const together: readonly BulkAction[] = ['hold', 'release', 'set', 'adopt', 'delete']
const TIMEOUT_MS = 300_000

/** One action on many nodes, some at a time. When a request fails as a whole, it says how far it came. @throws Refusal */
export async function actOnAll(
  client: Client,
  ids: string[],
  action: Omit<BulkInput, 'select'>,
  progress: ProgressLine,
): Promise<BulkReport> {
  const report: BulkReport = { matched: 0, done: 0, failed: [] }
  try {
    const atOnce = together.includes(action.action) ? TOGETHER : AT_ONCE
    for (let from = 0; from < ids.length; from += atOnce) {
      progress.show(action.action, from / ids.length, `${from} of ${ids.length}`)
      const body = { ...action, select: { ids: ids.slice(from, from + atOnce) } }
      const part = await client('bulkNodes', { body }, { timeout: TIMEOUT_MS })
      report.matched += part.matched
      report.done += part.done
      report.failed.push(...part.failed)
    }
  } catch (error) {
    if (report.done > 0) process.stderr.write(`eims: ${report.done} of ${ids.length} were done before this failed:\n`)
    throw error
  } finally {
    progress.end()
  }
  return report
}

export function renderReport({ done, failed }: BulkReport, screen: Screen): string {
  const counts = `${done} of ${done + failed.length} done${failed.length > 0 ? `, ${failed.length} not:` : ''}\n`
  if (failed.length === 0) return counts
  return (
    counts +
    table(
      ['NODE', 'CODE', 'WHY'],
      failed.map(({ node, code, detail }) => [node, code, detail]),
      screen,
    )
  )
}

/** After the report was printed. @throws Refusal when a node failed */
export function refuseFailures({ done, failed }: BulkReport): void {
  if (failed.length > 0) throw new Refusal(`${failed.length} of ${done + failed.length} nodes were left as they are`)
}
