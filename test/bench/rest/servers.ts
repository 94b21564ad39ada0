import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endProcess, Lan } from '@eims/lab'
import { openRegistry, type Registry } from '@eims/registry'
import { CACHE } from '../../cache.ts'
import { launch } from '../../up/launched.ts'

export interface Server {
  pid: number
  /** file with `url` and `key`, as load.ts takes it */
  access: string
}

interface Servers extends AsyncDisposable {
  lan: Lan
  ours: Server
  /** apps/server/test/support/bare-route.ts */
  peer: Server
  /** the database of both, as its superuser */
  database: Registry
  postgresLog: string
}

const PEER_PORT = 7499

/** `./eims up` with its embedded PostgreSQL, and the peer on the same one, in a namespace of their own. */
export async function startServers(): Promise<Servers> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-rest-'))
  await chmod(folder, 0o755)
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const lan = stack.use(await Lan.create({ name: 'bench-rest' }))
  const data = join(folder, 'data')
  const args = ['--interface', 'br0', '--data', data, '--log-level', 'warn']
  const service = stack.use(launch(lan.service, args, { EIMS_CACHE: CACHE }))
  await service.up()
  const url = `postgresql://eims@localhost/eims?host=${encodeURIComponent(join(data, 'postgres/socket'))}&port=5432`
  const database = openRegistry({ url, poolSize: 1 })
  stack.defer(() => database.close())
  const peer = lan.service.spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../../../apps/server/test/support/bare-route.ts', import.meta.url)),
      url,
      String(PEER_PORT),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  stack.defer(() => endProcess(peer))
  await once(peer.stdout!, 'data')
  const access = join(folder, 'peer.json')
  await writeFile(access, JSON.stringify({ url: `http://127.0.0.1:${PEER_PORT}` }))
  const parts = stack.move()
  return {
    lan,
    ours: { pid: service.child.pid!, access: join(data, 'local.json') },
    peer: { pid: peer.pid!, access },
    database,
    postgresLog: join(data, 'postgres/postgres.log'),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
