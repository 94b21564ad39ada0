import { readFileSync } from 'node:fs'
import { type BulkInput, createClient } from '@eims/contracts'

/*
 * Runs beside the server: `client.ts LOCAL.JSON ACTION`, where ACTION is what POST /nodes/bulk takes besides `select`, as
 * JSON. It does that to all nodes, as `./eims nodes` does, and prints {"selectSeconds", "seconds", "done", "failed"}.
 */
const TOGETHER = 2000
const [file = '', action = ''] = process.argv.slice(2)
const { url, key } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; key: string }
const client = createClient({ baseUrl: url, token: key, timeout: 300_000 })

const selecting = performance.now()
const ids: string[] = []
for (let pageToken: string | null | undefined; pageToken !== null; ) {
  const query = { pageSize: 1000, ...(pageToken ? { pageToken } : {}) }
  const page = await client('listNodes', { query })
  ids.push(...page.items.map(({ id }) => id))
  pageToken = page.nextPageToken
}
const began = performance.now()
const input = JSON.parse(action) as Omit<BulkInput, 'select'>
let done = 0
let failed = 0
for (let from = 0; from < ids.length; from += TOGETHER) {
  const body = { ...input, select: { ids: ids.slice(from, from + TOGETHER) } }
  const report = await client('bulkNodes', { body })
  done += report.done
  failed += report.failed.length
}
const [selectSeconds, seconds] = [(began - selecting) / 1000, (performance.now() - began) / 1000]
console.log(JSON.stringify({ selectSeconds, seconds, done, failed }))
