import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Lan } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { startNginx } from './nginx.ts'

// One promise: Debian's nginx with deploy/nginx serves the chunks of a data directory by digest, and nothing else of it.

await t.test('chunks by digest, and nothing else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eims-mirror-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await using lan = await Lan.create({ name: 'mirror' })
  const data = join(folder, 'data')
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 253))
  const digest = createHash('sha256').update(bytes).digest('hex')
  const place = join(data, 'blobs/sha256', digest.slice(0, 2))
  await lan.service.exec('mkdir', ['-p', place])
  await writeFile(join(place, digest), bytes)
  const link = 'ab'.padEnd(64, '0')
  await lan.service.exec('mkdir', ['-p', join(data, 'blobs/sha256/ab')])
  await writeFile(join(data, 'local.json'), 'a key')
  await lan.service.exec('ln', ['-s', join(data, 'local.json'), join(data, 'blobs/sha256/ab', link)])
  await using nginx = await startNginx(lan.service, { cache: CACHE, folder, data, address: '192.168.77.1' })
  const get = async (url: string, ...more: string[]) => {
    const file = join(folder, 'got')
    await rm(file, { force: true })
    const words = ['-sk', '-o', file, '-D', '-', '-w', '%{http_code}', '--path-as-is', ...more, url]
    const { stdout } = await lan.service.exec('curl', words)
    return { status: Number(stdout.slice(-3)), head: stdout, body: await readFile(file).catch(() => Buffer.alloc(0)) }
  }
  for (const base of [nginx.http, nginx.https]) {
    const whole = await get(`${base}/blobs/${digest}`)
    t.equal(whole.status, 200)
    t.ok(whole.body.equals(bytes))
    t.match(whole.head, /cache-control: public, max-age=31536000, immutable/i)
    const part = await get(`${base}/blobs/${digest}`, '-r', '10-19')
    t.equal(part.status, 206)
    t.ok(part.body.equals(bytes.subarray(10, 20)))
  }
  for (const path of [
    `/blobs/${'0'.repeat(64)}`,
    `/blobs/${link}`,
    '/blobs/',
    '/blobs/local.json',
    `/blobs/${digest}/..%2f..%2f..%2flocal.json`,
    '/blobs/../local.json',
    '/local.json',
  ])
    t.ok([400, 403, 404].includes((await get(`${nginx.http}${path}`)).status), path)
  t.equal((await get(`${nginx.http}/blobs/${digest}`, '-X', 'DELETE')).status, 403)
})
