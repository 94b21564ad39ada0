import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Lan, SmallDisk } from '@eims/lab'
import { openRegistry } from '@eims/registry'
import t from 'tap'
import { launch, launcher } from '../up/launched.ts'

// One promise: the service as ./eims up starts it lives through a disk that others fill, without a restart: it says what it
// lacks, goes on with what needs no room, and loses nothing that it acknowledged.

const lan = await Lan.create({ name: 'full' })
t.teardown(() => lan[Symbol.asyncDispose]())
const disk = await SmallDisk.create(512)
t.teardown(() => disk[Symbol.asyncDispose]())
const data = join(disk.folder, 'data')
const service = launch(lan.service, ['--interface', 'br0', '--data', data, '--keep-free', '64MB'])
t.teardown(() => service[Symbol.asyncDispose]())
await service.up()
const local = JSON.parse(readFileSync(join(data, 'local.json'), 'utf8')) as { url: string; key: string }

/** A request of the administrator's, with its status and body. */
async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: string }> {
  const header = ['-H', `Authorization: Bearer ${local.key}`]
  const sent = body ? ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)] : []
  const args = ['-sS', '-m', '20', '-X', method, '-w', '\n%{http_code}', ...header, ...sent, `${local.url}${path}`]
  const { stdout } = await lan.service.exec('curl', args)
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) }
}

/** What a machine of that serial gets from its firmware's iPXE. */
async function script(serial: string): Promise<string> {
  const hex = Buffer.from(serial)
    .toString('hex')
    .replace(/..(?=.)/g, '$&-')
  const url = `http://192.168.77.1:7480/boot/script?arch=x86_64&platform=efi&serialHex=${hex}`
  return (await lan.site.exec('curl', ['-sS', '-m', '20', url])).stdout
}

await t.test('the service lives through a full disk', async (t) => {
  const acknowledged: string[] = []
  const add = async () => {
    const serial = `SN-${acknowledged.length}`
    const { status, body } = await ask('POST', '/api/v1/nodes', { serial, metadata: { note: 'x'.repeat(200) } })
    if (status === 201) acknowledged.push(serial)
    return { status, body }
  }
  t.equal((await add()).status, 201)

  disk.fill(100e6)
  const image = { name: 'x', url: 'http://images.example/x', sha256: 'a'.repeat(64) }
  const refused = await ask('POST', '/api/v1/images', image)
  t.equal(refused.status, 507)
  t.match(refused.body, /needs 67\.1 MB in .*100 MB are free there, of which 64 MB are kept for the registry/)
  t.equal((await add()).status, 201, 'there is room for the registry')
  const doctor = await lan.service
    .exec(launcher, ['doctor', '--interface', 'br0', '--data', data, '--keep-free', '64MB'])
    .catch((error: { stdout: string }) => error)
  t.match(doctor.stdout, /fail\s+disk space for the data/, 'doctor tells beforehand')

  disk.fill(0)
  let last = await add()
  while (last.status === 201) last = await add()
  t.equal(last.status, 507)
  t.match(JSON.parse(last.body), { code: 'disk-full' })
  t.equal((await ask('GET', '/api/v1/nodes')).status, 200)
  t.equal((await ask('GET', '/healthz')).status, 200)
  t.match(await script('SN-0'), /^#!ipxe/)

  // Its log goes into the files that it has, and checkpoints give them back.
  const socket = encodeURIComponent(join(data, 'postgres/socket'))
  const registry = openRegistry({ url: `postgresql://eims@localhost/eims?host=${socket}&port=5432`, poolSize: 1 })
  for (let segments = 0; segments < 9; segments += 1) {
    await registry.db.$queryRaw`select pg_logical_emit_message(true, 'test', 'x')::text, pg_switch_wal()::text`
    if (segments % 3 === 2) await registry.db.$executeRawUnsafe('checkpoint')
  }
  await registry.close()
  t.equal((await add()).status, 507, 'and it is still there')

  disk.empty()
  t.equal((await add()).status, 201)
  t.equal((await ask('POST', '/api/v1/images', image)).status, 202)
  const { total } = JSON.parse((await ask('GET', '/api/v1/nodes?pageSize=1')).body) as { total: number }
  t.equal(total, acknowledged.length, 'what was acknowledged is there, and nothing that was refused')
  const ended = await service.end('SIGTERM')
  t.equal(ended.code, 0, 'the same service all the time')
  t.notMatch(readFileSync(join(data, 'postgres/postgres.log'), 'utf8'), /PANIC/)
})
