import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '../connection.ts'

/**
 * Runs beside the demo's service, in its network namespace, which the demo itself is not in: a line of JSON
 * ({node, timeline}) for each node whenever it changed, until it is ended.
 *   usage: watcher.ts --data DIR NODE...
 */
const { values, positionals } = parseArgs({ options: { data: { type: 'string' } }, allowPositionals: true })
const client = connect(values, {})
const before = new Map<string, string>()
for (;;) {
  for (const id of positionals)
    await look(id).catch((error: Error) => process.stderr.write(`${new Date().toISOString()} ${error.message}\n`))
  await sleep(700)
}

async function look(id: string): Promise<void> {
  const params = { id }
  const [node, timeline] = await Promise.all([client('getNode', { params }), client('nodeTimeline', { params })])
  const line = JSON.stringify({ node, timeline })
  if (before.get(id) === line) return
  before.set(id, line)
  process.stdout.write(`${line}\n`)
}
