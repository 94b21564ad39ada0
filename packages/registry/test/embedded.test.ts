import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { processesIn } from '../src/embedded/processes.ts'
import { startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

/** Made by the first test, used by the next ones, broken by the one about broken ones. */
const dataDir = join(await temporaryFolder(t), 'data')

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

await t.test('starts, keeps what was written, and leaves no process and no socket', async (t) => {
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
  await using _ = await startEmbeddedPostgres({ dataDir })
  await t.rejects(startEmbeddedPostgres({ dataDir }), {
    name: 'EmbeddedPostgresError',
    message: `The data directory ${dataDir} is in use by another eims (process ${process.pid}). Stop that one, or choose another directory with --data.`,
  })
})

await t.test('a postmaster.pid whose number belongs to a stranger by now does not stop the start', async (t) => {
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
