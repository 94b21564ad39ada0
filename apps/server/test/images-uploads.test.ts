import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { spaceBeside } from '@eims/image'
import { pino } from 'pino'
import t from 'tap'
import { openUploads } from '../src/images/uploads.ts'
import { startDatabases, temporaryFolder } from './support/databases.ts'
import { MiB, sampleDisk } from './support/sample-disk.ts'
import { openSite, type Site } from './support/site.ts'

// One promise: an image file that is sent arrives whole, however often its connection breaks.

const { fresh } = await startDatabases(t)
const raw = sampleDisk(9 * MiB)
const sha256 = createHash('sha256').update(raw).digest('hex')
const body = { name: 'disk', size: raw.length, fingerprint: 'f' }

const partsOf = (site: Site, id: string) => ({
  id,
  async received() {
    return (await site.api('getUpload', { params: { id } })).received
  },
  send: (offset: number, bytes: Buffer = raw.subarray(offset)) =>
    site.api('sendUpload', { params: { id }, query: { offset } }, { rawBody: new Uint8Array(bytes) }),
  /** sends some bytes, as the first of more, on a connection that stays open; gives what ends it */
  async hang(offset: number, bytes: Buffer) {
    const url = new URL(`/api/v1/image-uploads/${id}?offset=${offset}`, site.admin)
    const sending = request(url, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${site.keys.admin}`,
        'content-type': 'application/octet-stream',
        'content-length': raw.length - offset,
      },
    })
    sending.on('error', () => {})
    sending.write(bytes)
    while ((await this.received()) < offset + bytes.length) await setImmediate()
    return sending
  },
  finish: () => site.api('finishUpload', { params: { id } }),
})

async function ready(site: Site, id: string) {
  for (;;) {
    const image = await site.api('getImage', { params: { id } })
    if (image.state !== 'converting') return image
    await setImmediate()
  }
}

await t.test('what came before a break is kept, and the image is that of the file', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { id } = await site.api('beginUpload', { body })
  const upload = partsOf(site, id)
  const cut = await upload.hang(0, raw.subarray(0, 3 * MiB))
  cut.destroy()
  t.match(await site.api('beginUpload', { body }), { id, received: 3 * MiB }, 'the same file goes on')
  t.not((await site.api('beginUpload', { body: { ...body, fingerprint: 'g' } })).id, id, 'another one does not')
  await t.rejects(upload.finish(), { code: 'wrong-state', message: /3145728 of 9437184 bytes/ } as never)
  for (const offset of [0, 4 * MiB])
    await t.rejects(upload.send(offset), { code: 'wrong-state', message: /goes on at byte 3145728/ } as never)
  t.match(await upload.send(3 * MiB), { received: raw.length })
  await t.rejects(upload.send(raw.length, Buffer.from('more')), { code: 'too-large' } as never, 'than was said')
  const { id: imageId } = await upload.finish()
  t.match(await ready(site, imageId), { state: 'ready', name: 'disk', sourceSha256: sha256, rawSize: raw.length })
  while (existsSync(join(site.dataDir, 'temp/uploads', id))) await setImmediate()
  await t.rejects(site.api('beginUpload', { body }), { code: 'already-exists' } as never, 'told before it is sent')
  await t.rejects(site.api('deleteUpload', { params: { id } }), { code: 'not-found' } as never)
})

await t.test('a restart keeps it, and a day without a byte gives it up', async (t) => {
  const directory = await temporaryFolder(t)
  let time = Date.now()
  const open = () =>
    openUploads({
      directory,
      space: spaceBeside(null),
      jobs: { start: () => Promise.reject(new Error('no image is made here')) },
      now: () => time,
      log: pino({ level: 'silent' }),
    })
  const given = async function* (bytes: Buffer) {
    yield bytes
  }
  const about = { ...body, architecture: 'x86_64' as const }
  const before = await open()
  const { id } = await before.begin(about)
  await before.append(id, 0, given(raw.subarray(0, MiB)))
  await before[Symbol.asyncDispose]()
  mkdirSync(join(directory, 'half-begun'))

  const after = await open()
  t.match(await after.begin(about), { id, received: MiB })
  t.strictSame(readdirSync(directory), [id])
  await after.append(id, MiB, given(raw.subarray(MiB)))
  await t.rejects(after.finish(id), /no image is made here/)
  t.match(await after.get(id), { received: raw.length }, 'a conversion that cannot begin leaves it')
  await after[Symbol.asyncDispose]()

  time += 25 * 3600_000
  const later = await open()
  await t.rejects(later.get(id), { code: 'not-found' } as never)
  t.strictSame(readdirSync(directory), [])
  await later[Symbol.asyncDispose]()
})

await t.test('a request that goes on ends the one that hangs', async (t) => {
  const site = await openSite(t, await fresh(t))
  const upload = partsOf(site, (await site.api('beginUpload', { body })).id)
  const hanging = await upload.hang(0, raw.subarray(0, MiB))
  t.teardown(() => hanging.destroy())
  const ended = once(hanging, 'response', { signal: AbortSignal.timeout(20_000) })
  t.match(await upload.send(MiB), { received: raw.length })
  t.equal((await ended)[0].statusCode, 409)
  t.match(await ready(site, (await upload.finish()).id), { sourceSha256: sha256 })
})

await t.test('a file whose digest is another one fails, and is not kept', async (t) => {
  const site = await openSite(t, await fresh(t))
  const described = { ...body, sha256: 'a'.repeat(64) }
  const upload = partsOf(site, (await site.api('beginUpload', { body: described })).id)
  await upload.send(0)
  t.match(await ready(site, (await upload.finish()).id), { state: 'failed', reason: { text: /publisher gives aaaa/ } })
  while (readdirSync(join(site.dataDir, 'temp/uploads')).length > 0) await setImmediate()
})

await t.test('one is given up by the name of its image, unless that is being made', async (t) => {
  const site = await openSite(t, await fresh(t))
  const upload = partsOf(site, (await site.api('beginUpload', { body })).id)
  await upload.send(0, raw.subarray(0, MiB))
  t.match(await site.api('getUpload', { params: { id: 'disk' } }), { id: upload.id, received: MiB })
  const { items } = await site.api('listUploads', {})
  t.match(items, [{ id: upload.id, name: 'disk', size: raw.length, received: MiB, fingerprint: 'f' }])
  t.match(await site.api('deleteUpload', { params: { id: 'disk' } }), { id: upload.id, received: MiB })
  t.strictSame(await site.api('listUploads', {}), { items: [] })
  await t.rejects(upload.received(), { code: 'not-found' } as never)
  t.strictSame(readdirSync(join(site.dataDir, 'temp/uploads')), [])
})

await t.test('sixteen can be open', async (t) => {
  const site = await openSite(t, await fresh(t))
  const begin = (name: string) => site.api('beginUpload', { body: { name, size: 1 } })
  for (let n = 0; n < 16; n++) await begin(`disk-${n}`)
  await t.rejects(begin('one-more'), { code: 'busy', message: /16 uploads are open/ } as never)
})
