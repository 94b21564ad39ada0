import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@eims/lab'
import pg from 'pg'
import t, { type Test } from 'tap'
import { processesIn } from '../src/embedded/processes.ts'
import { startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

const dataDir = await temporaryFolder(t)

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** A process of its own that starts PostgreSQL and writes rows, saying each number once it is acknowledged. */
async function startWriter(t: Test) {
  const index = JSON.stringify(new URL('../src/index.ts', import.meta.url).href)
  const script = `
    import pg from 'pg'
    import { startEmbeddedPostgres } from ${index}
    const { url, pid } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    await client.query('create table if not exists row (n serial primary key)')
    console.log('postmaster ' + pid)
    for (;;) console.log('row ' + (await client.query('insert into row default values returning n')).rows[0].n)`
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  let complaint = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  child.stderr.on('data', (part) => {
    complaint += part
  })
  const rows = () => [...text.matchAll(/^row (\d+)$/gm)].map((match) => Number(match[1]))
  const reach = (count: number) =>
    until(() => {
      if (child.exitCode !== null) throw new Error(`the writer ended: ${complaint}`)
      return rows().length >= count
    })
  const kill = async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return { rows, reach, kill, postmaster: () => Number(/^postmaster (\d+)$/m.exec(text)![1]) }
}

async function storedRows(log: string[] = []) {
  await using postgres = await startEmbeddedPostgres({ dataDir, log: (line) => log.push(line) })
  const client = await connect(postgres.url)
  const { rows } = await client.query('select n from row order by n')
  await client.end()
  return new Set(rows.map((row: { n: number }) => row.n))
}

await t.test(
  'after kill -9 of the service its orphan is found, stopped, and nothing acknowledged is lost',
  async (t) => {
    const writer = await startWriter(t)
    await writer.reach(20)
    await writer.kill()
    t.ok((await processesIn(join(dataDir, 'cluster'))).includes(writer.postmaster()), 'it lives on')
    const log: string[] = []
    const stored = await storedRows(log)
    t.match(log, [/^database: stopping the PostgreSQL \(process \d+\) that an eims left behind$/])
    t.same(
      writer.rows().filter((n) => !stored.has(n)),
      [],
    )
  },
)

await t.test('after kill -9 of PostgreSQL itself nothing acknowledged is lost, and the service is told', async (t) => {
  const postgres = await startEmbeddedPostgres({ dataDir })
  const client = await connect(postgres.url)
  await client.query('create table if not exists row (n serial primary key)')
  const acknowledged: number[] = []
  const writing = (async () => {
    for (;;) acknowledged.push((await client.query('insert into row default values returning n')).rows[0].n)
  })().catch(() => {})
  await until(() => acknowledged.length >= 20)
  process.kill(postgres.pid, 'SIGKILL')
  await writing
  t.match(await postgres.ended, /^PostgreSQL ended by SIGKILL; see .*postgres\.log$/)
  await postgres.stop()
  const stored = await storedRows()
  t.same(
    acknowledged.filter((n) => !stored.has(n)),
    [],
  )
})

await t.test('after kill -9 of both at once, too', async (t) => {
  const writer = await startWriter(t)
  await writer.reach(20)
  process.kill(writer.postmaster(), 'SIGKILL')
  await writer.kill()
  const stored = await storedRows()
  t.same(
    writer.rows().filter((n) => !stored.has(n)),
    [],
  )
})
