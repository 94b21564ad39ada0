import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t, { type Test } from 'tap'
import { processesIn } from '../src/embedded/processes.ts'
import { startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** A process of its own that starts PostgreSQL and writes rows, saying each number once it is acknowledged. */
async function startWriter(t: Test, dataDir: string) {
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
  const reach = async (count: number) => {
    while (rows().length < count) {
      if (child.exitCode !== null) throw new Error(`the writer ended: ${complaint}`)
      await sleep(10)
    }
  }
  const kill = async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return { rows, reach, kill, postmaster: () => Number(/^postmaster (\d+)$/m.exec(text)![1]) }
}

async function storedRows(dataDir: string, log: string[] = []) {
  await using postgres = await startEmbeddedPostgres({ dataDir, log: (line) => log.push(line) })
  const client = await connect(postgres.url)
  const { rows } = await client.query('select n from row order by n')
  await client.end()
  return new Set(rows.map((row: { n: number }) => row.n))
}

await t.test('starts, keeps what was written, and leaves no process and no socket', async (t) => {
  const dataDir = join(await temporaryFolder(t), 'data')
  const first = await startEmbeddedPostgres({ dataDir })
  const client = await connect(first.url)
  await client.query('create table kept as select 1 as n')
  const { rows } =
    await client.query(`select current_setting('fsync') as fsync, current_setting('listen_addresses') as addresses,
    current_setting('synchronous_commit') as commit, current_user as user, current_setting('TimeZone') as zone`)
  t.same(rows, [{ fsync: 'on', addresses: '', commit: 'on', user: 'eims', zone: 'UTC' }])
  t.equal((await stat(join(dataDir, 'socket'))).mode & 0o777, 0o700)
  t.equal((await stat(join(dataDir, 'cluster'))).mode & 0o777, 0o700)
  await client.end()
  await first.stop()
  await first.stop()
  t.same(await processesIn(join(dataDir, 'cluster')), [])
  t.same(
    (await readdir(dataDir)).filter((name) => name.startsWith('socket') || name.includes('unfinished')),
    [],
  )
  await using second = await startEmbeddedPostgres({ dataDir })
  const again = await connect(second.url)
  t.same((await again.query('select * from kept')).rows, [{ n: 1 }])
  await again.end()
})

await t.test('a data directory is one process’s', async (t) => {
  const dataDir = await temporaryFolder(t)
  await using _ = await startEmbeddedPostgres({ dataDir })
  await t.rejects(startEmbeddedPostgres({ dataDir }), {
    name: 'EmbeddedPostgresError',
    message: `The data directory ${dataDir} is in use by another eims (process ${process.pid}). Stop that one, or choose another directory with --data.`,
  })
})

await t.test(
  'after kill -9 of the service its orphan is found, stopped, and nothing acknowledged is lost',
  async (t) => {
    const dataDir = await temporaryFolder(t)
    const writer = await startWriter(t, dataDir)
    await writer.reach(20)
    await writer.kill()
    t.ok((await processesIn(join(dataDir, 'cluster'))).includes(writer.postmaster()), 'it lives on')
    const log: string[] = []
    const stored = await storedRows(dataDir, log)
    t.match(log, [/^database: stopping the PostgreSQL \(process \d+\) that an eims left behind$/])
    t.same(
      writer.rows().filter((n) => !stored.has(n)),
      [],
    )
  },
)

await t.test('after kill -9 of PostgreSQL itself nothing acknowledged is lost, and the service is told', async (t) => {
  const dataDir = await temporaryFolder(t)
  const postgres = await startEmbeddedPostgres({ dataDir })
  const client = await connect(postgres.url)
  await client.query('create table row (n serial primary key)')
  const acknowledged: number[] = []
  const writing = (async () => {
    for (;;) acknowledged.push((await client.query('insert into row default values returning n')).rows[0].n)
  })().catch(() => {})
  while (acknowledged.length < 20) await sleep(5)
  process.kill(postgres.pid, 'SIGKILL')
  await writing
  t.match(await postgres.ended, /^PostgreSQL ended by SIGKILL; see .*postgres\.log$/)
  await postgres.stop()
  const stored = await storedRows(dataDir)
  t.same(
    acknowledged.filter((n) => !stored.has(n)),
    [],
  )
})

await t.test('after kill -9 of both at once, too', async (t) => {
  const dataDir = await temporaryFolder(t)
  const writer = await startWriter(t, dataDir)
  await writer.reach(20)
  process.kill(writer.postmaster(), 'SIGKILL')
  await writer.kill()
  const stored = await storedRows(dataDir)
  t.same(
    writer.rows().filter((n) => !stored.has(n)),
    [],
  )
})

await t.test('a postmaster.pid whose number belongs to a stranger by now does not stop the start', async (t) => {
  const dataDir = await temporaryFolder(t)
  await (await startEmbeddedPostgres({ dataDir })).stop()
  const stranger = spawn('sleep', ['60'])
  t.teardown(() => stranger.kill())
  const file = join(dataDir, 'cluster/postmaster.pid')
  await writeFile(
    file,
    `${stranger.pid}\n${join(dataDir, 'cluster')}\n1700000000\n5432\n${join(dataDir, 'socket')}\n\n`,
  )
  await using postgres = await startEmbeddedPostgres({ dataDir })
  t.not(postgres.pid, stranger.pid)
  t.equal(stranger.exitCode ?? stranger.signalCode, null, 'the stranger lives')
})

await t.test('a directory that is damaged, newer or half-made', async (t) => {
  const dataDir = await temporaryFolder(t)
  await (await startEmbeddedPostgres({ dataDir })).stop()
  const cluster = join(dataDir, 'cluster')
  const version = join(cluster, 'PG_VERSION')
  const refused = (message: RegExp) =>
    t.rejects(startEmbeddedPostgres({ dataDir }), { name: 'EmbeddedPostgresError', message })
  await writeFile(version, '19\n')
  await refused(/^The database in \S+cluster was made by PostgreSQL 19, this eims brings 18\. Start the newer eims/)
  await writeFile(version, '17\n')
  await refused(/^The database in \S+cluster was made by PostgreSQL 17, this eims brings 18\. Start the older eims/)
  await rm(version)
  await refused(
    /^The directory \S+cluster is no whole PostgreSQL database .* Restore it from a backup, or move it away/,
  )
  await writeFile(version, '18\n')
  await rm(join(cluster, 'global/pg_filenode.map'))
  await refused(
    /^PostgreSQL did not start: could not open file .*pg_filenode\.map.*The whole story is in \S+postgres\.log\.$/,
  )
  t.same(await processesIn(cluster), [])
  await rm(cluster, { recursive: true })
  await mkdir(join(dataDir, 'cluster.unfinished-1'))
  await (await startEmbeddedPostgres({ dataDir })).stop()
  t.notOk((await readdir(dataDir)).includes('cluster.unfinished-1'), 'what a killed initdb left is cleared away')
})

await t.test('a data directory with a name too long for a socket', async (t) => {
  const dataDir = join(await temporaryFolder(t), 'd'.repeat(100))
  const postgres = await startEmbeddedPostgres({ dataDir })
  const directory = new URL(postgres.url).searchParams.get('host')!
  t.equal((await stat(directory)).mode & 0o777, 0o700)
  await (await connect(postgres.url)).end()
  await postgres.stop()
  await t.rejects(stat(directory), { code: 'ENOENT' })
})

await t.test(
  'a folder that PostgreSQL’s account may not enter',
  { skip: process.getuid?.() !== 0 && 'only as root' },
  async (t) => {
    const folder = await temporaryFolder(t)
    await chmod(folder, 0o700)
    await t.rejects(startEmbeddedPostgres({ dataDir: join(folder, 'data') }), {
      message: `PostgreSQL runs as the account "postgres", which may not enter ${folder}. Choose a directory outside of it with --data (/var/lib/eims, say), or allow it with: chmod o+x ${folder}`,
    })
  },
)
