import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.ts'
import { fetchDebianTree } from './debian-tree.ts'
import { endProcess } from './namespace.ts'

const PROGRAMS = '/usr/lib/postgresql/15/bin'
/** Nobody's on a Debian, so that no account of the host can enter; PostgreSQL does not run as root. */
const ACCOUNT = 64_998

/** The server's root is Debian's tree; the host's devices and the data are mounted in a namespace of its own. */
const ENTER = `cd "$1"; mkdir -p dev data
if ! [ -e etc/passwd ]; then echo postgres:x:${ACCOUNT}:${ACCOUNT}::/data:/bin/sh > etc/passwd.$$; mv etc/passwd.$$ etc/passwd; fi
mount --rbind /dev dev; mount --bind "$2" data; shift 2
exec chroot --userspec=${ACCOUNT}:${ACCOUNT} . /usr/bin/env -i PATH=${PROGRAMS}:/usr/bin:/bin LC_ALL=C.UTF-8 TZ=UTC "$@"`

interface DebianPostgres extends AsyncDisposable {
  /** of the database `eims`, whose owner is the plain role `eims`: no superuser, allowed to make databases */
  url: string
  port: number
  /** ends it in order, within a moment; `start` starts it on the same data and port */
  stop(): Promise<void>
  start(): Promise<void>
}

/**
 * Debian 12's PostgreSQL 15 as an administrator would run it: over TCP, on a free port of the loopback, trusting it.
 * Its packages are unpacked below `cacheDir`, not installed: installing would make a cluster and start a daemon.
 */
export async function startDebianPostgres({ cacheDir }: { cacheDir: string }): Promise<DebianPostgres> {
  const tree = await fetchDebianTree({
    cacheDir,
    name: 'postgresql-bookworm',
    release: 'bookworm',
    packages: ['postgresql-15', 'dash', 'coreutils'],
    withDependencies: true,
  })
  const folder = await mkdtemp(join(tmpdir(), 'eims-external-'))
  await chown(folder, ACCOUNT, ACCOUNT)
  await chmod(folder, 0o700)
  const inTree = (...command: string[]) => ['--mount', 'sh', '-ec', ENTER, 'sh', tree, folder, ...command]
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await run('unshare', inTree('initdb', '-D', '/data/cluster', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'))
  const port = await freePort()
  const server = serverOn(port, inTree)
  stack.defer(() => server.stop())
  await server.start()
  const psql = ['psql', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-qX']
  await run(
    'unshare',
    inTree(...psql, '-c', 'create role eims login createdb', '-c', 'create database eims owner eims'),
  )
  const parts = stack.move()
  return {
    url: `postgresql://eims@127.0.0.1:${port}/eims`,
    port,
    ...server,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

function serverOn(port: number, inTree: (...command: string[]) => string[]) {
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off', jit: 'off' }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  let child: ChildProcess | undefined
  return {
    async start() {
      const started = spawn('unshare', inTree('postgres', '-D', '/data/cluster', ...flags), {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      child = started
      let said = ''
      await new Promise<void>((resolve, reject) => {
        started.stderr.setEncoding('utf8').on('data', (text: string) => {
          said = (said + text).slice(-4000)
          if (said.includes('database system is ready to accept connections')) resolve()
        })
        started.on('error', reject)
        started.on('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)))
      })
    },
    async stop() {
      if (child) await endProcess(child, 'SIGINT')
      child = undefined
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
