import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type ImportProgress, type ImportReport, ProblemError, toProblem } from '@eims/contracts'
import t, { type Test } from 'tap'
import { NoReport } from '../src/csv/outcome.ts'
import { sendFile } from '../src/csv/upload.ts'
import { Interrupted } from '../src/interrupt.ts'

const folder = mkdtempSync(join(tmpdir(), 'eims-outcome-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'list.csv')
writeFileSync(file, 'serial\nA-1\n')

const report: ImportReport = {
  id: '1',
  dryRun: false,
  mode: 'atomic',
  onExisting: 'fail',
  committed: true,
  rows: 1,
  created: 1,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  unknownColumns: [],
  metadataColumns: [],
  columns: [],
  notes: [],
  newBatches: [],
  problems: [],
  problemsTotal: 0,
  warnings: [],
  warningsTotal: 0,
  errorFile: null,
  file: { format: 'csv', sheet: null, encoding: 'utf-8', separator: ',', bytes: 11, sha256: 'x' },
  seconds: 1,
}
const progress = (state: ImportProgress['state'], done: ImportReport | null = null): ImportProgress => ({
  id: '1',
  state,
  bytes: 11,
  rows: 1,
  fraction: null,
  report: done,
  file: 'list.csv',
  actor: 'ann',
  committed: done !== null,
  batch: null,
  sha256: null,
  counts: null,
  why: null,
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: null,
  undoable: false,
  undo: null,
})
const never = { tripped: new Promise<never>(() => {}) }
const noPause = async () => {}

/** A server whose import does what `onImport` does, and that says of it what `states` says, the last for ever. */
async function bench(
  t: Test,
  onImport: (response: ServerResponse) => void,
  states: (ImportProgress | ProblemError | null)[],
) {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const line = `${request.method} ${(request.url ?? '').replace(/\?.*|[0-9a-f-]{36}/g, '')}`
    if (line === 'POST /api/v1/imports') return onImport(response)
    const said = states.length > 1 ? states.shift() : states[0]
    asked.push(line)
    if (!said) return response.destroy()
    const isProblem = said instanceof ProblemError
    response.writeHead(isProblem ? 404 : 200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify(isProblem ? toProblem(said) : said))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { asked, client: createClient({ baseUrl: `http://127.0.0.1:${port}`, token: 'key' }) }
}

await t.test('a reply that was lost is asked for, until the import is at its end', async (t) => {
  const states = [progress('writing'), null, progress('done', report)]
  const { client } = await bench(t, (response) => response.destroy(), states)
  t.same(await sendFile(client, file, {}, never, noPause), report)
})

await t.test('of a server that died nobody knows what it did, and importing again is safe', async (t) => {
  for (const [said, why] of [
    [null, /the server went away/],
    [new ProblemError('not-found', 'unknown'), /the server knows nothing of it/],
    [progress('failed'), /the server failed at it/],
  ] as const) {
    const { client } = await bench(t, (response) => response.destroy(), [said])
    const sent: unknown = await sendFile(client, file, {}, never, noPause).catch((error: unknown) => error)
    t.match(sent, { outcome: 'unknown', exitCode: 3, message: why })
    t.match(sent, { message: /^it is unknown whether the file was imported: .*Import it again, that is safe/ })
  }
  const died = await bench(t, (response) => response.destroy(), [progress('reading'), progress('interrupted')])
  await t.rejects(
    sendFile(died.client, file, {}, never, noPause),
    { outcome: 'interrupted', exitCode: 3, message: /nothing of it was written: import the file again/ },
    'it was started again, and the registry tells that nothing was written',
  )
  const { client } = await bench(t, (response) => response.destroy(), [null])
  await t.rejects(
    sendFile(client, file, { dryRun: 'true' }, never, noPause),
    TypeError,
    'a dry run leaves nothing open',
  )
  const nowhere = createClient({ baseUrl: 'http://127.0.0.1:9', token: 'key' })
  await t.rejects(sendFile(nowhere, file, {}, never, noPause), TypeError, 'nor does what was never sent')
})

await t.test('Ctrl-C ends the import at the server, and says what became of it', async (t) => {
  t.capture(process.stderr, 'write', () => true)
  const interrupted = () => {
    const { promise: tripped, reject } = Promise.withResolvers<never>()
    tripped.catch(() => {})
    return { interrupt: { tripped }, press: () => reject(new Interrupted()) }
  }
  const press = async (states: (ImportProgress | null)[]) => {
    const { interrupt, press } = interrupted()
    const { client, asked } = await bench(t, press, states)
    const end: unknown = await sendFile(client, file, {}, interrupt, noPause).catch((error: unknown) => error)
    t.ok(asked.includes('POST /api/v1/imports//cancel'), 'the server is told')
    return end
  }
  t.match(await press([progress('cancelled')]), {
    outcome: 'cancelled',
    exitCode: 130,
    message: /nothing of it was written/,
  })
  t.same(await press([progress('done', report)]), report, 'it was at its end already')
  const lost = await press([null])
  t.match(lost, { outcome: 'unknown', exitCode: 130, message: /the server did not say what became of it/ })
  t.type(lost, NoReport)
})
