import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { checkBootFiles, checkFiles } from '../src/doctor/boot-files.ts'
import { checkFirmware, namesInCpio } from '../src/doctor/firmware.ts'
import { checkDatabase, findService } from '../src/doctor/service.ts'

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'eims-doctor-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** A folder with these files and a manifest of them. */
function artifacts(where: string, files: Record<string, Buffer>, more: object = {}): string {
  mkdirSync(where, { recursive: true })
  const described = Object.entries(files).map(([name, bytes]) => {
    writeFileSync(join(where, name), bytes)
    return [name, { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }]
  })
  writeFileSync(
    join(where, 'manifest.json'),
    JSON.stringify({ format: 1, files: Object.fromEntries(described), ...more }),
  )
  return where
}

await t.test('boot files: whole, changed, cut short, missing, never made', async (t) => {
  const there = artifacts(join(folder(t), 'x86_64'), { vmlinuz: Buffer.from('a kernel') }, { kernelVersion: '6.12.1' })
  const judged = () => [checkFiles('it', there).result, checkFiles('it', there).says.replace(there, 'DIR')]
  t.strictSame(judged(), ['ok', 'They are there and whole (Linux 6.12.1).'])
  writeFileSync(join(there, 'vmlinuz'), 'b kernel')
  t.strictSame(judged(), ['fail', 'DIR/vmlinuz is not what was made (its SHA-256 differs from the manifest’s).'])
  truncateSync(join(there, 'vmlinuz'), 3)
  t.equal(judged()[0], 'fail')
  rmSync(join(there, 'vmlinuz'))
  t.strictSame(judged(), ['fail', 'DIR/vmlinuz is missing.'])
  writeFileSync(join(there, 'manifest.json'), '{"files": {}}')
  t.strictSame(judged(), ['fail', 'DIR/manifest.json cannot be read.'])
  rmSync(join(there, 'manifest.json'))
  t.strictSame(judged(), ['fail', 'They are not there (DIR).'])
})

await t.test('what the Micro-OS fetches by its digest is looked at, too', async (t) => {
  const runtime = Buffer.from('a runtime')
  const facts = { size: runtime.length, sha256: createHash('sha256').update(runtime).digest('hex') }
  const there = artifacts(join(folder(t), 'x86_64'), { vmlinuz: Buffer.from('a kernel') }, { runtime: facts })
  const path = join(there, 'tools', facts.sha256)
  t.match(checkFiles('it', there), { result: 'fail', says: `${path} is missing.` })
  mkdirSync(join(there, 'tools'))
  writeFileSync(path, 'b runtime')
  t.match(checkFiles('it', there), { result: 'fail', says: /is not what was made/ })
  writeFileSync(path, runtime)
  t.equal(checkFiles('it', there).result, 'ok')
})

await t.test('an architecture that was made once is looked at from then on', async (t) => {
  const dir = folder(t)
  const names = () => checkBootFiles(dir, false).map(({ name }) => name)
  t.strictSame(names(), ['iPXE files', 'Secure Boot files', 'Micro-OS for x86_64'])
  artifacts(join(dir, 'arm64'), { vmlinuz: Buffer.from('x') })
  t.strictSame(names(), ['iPXE files', 'Secure Boot files', 'Micro-OS for x86_64', 'Micro-OS for arm64'])
})

/** A cpio archive (newc) of empty files. */
function cpio(names: string[]): Buffer {
  const entries = [...names, 'TRAILER!!!'].map((name) => {
    const fields = Array.from({ length: 13 }, (_, at) => (at === 11 ? name.length + 1 : 0))
    const entry = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}${name}\0`
    return entry.padEnd((entry.length + 3) & ~3, '\0')
  })
  return Buffer.from(entries.join(''), 'latin1')
}

await t.test('firmware that drivers of the Micro-OS ask for and do not find', async (t) => {
  t.strictSame(namesInCpio(cpio(['lib/firmware/a.fw', 'init'])), ['lib/firmware/a.fw', 'init'])
  t.strictSame(namesInCpio(Buffer.from('no archive')), [])
  const dir = folder(t)
  const wanted = [
    { module: 'r8169', file: 'rtl_nic/rtl8168g-3.fw' },
    { module: 'bnx2', file: 'bnx2/bnx2-mips-09-6.2.1b.fw' },
  ]
  const make = (names: string[]) =>
    artifacts(
      join(dir, 'x86_64'),
      { 'initrd.zst': Buffer.concat([zstdCompressSync(cpio(names)), zstdCompressSync(cpio(['init']))]) },
      { firmware: wanted },
    )
  make(['lib/firmware/rtl_nic/rtl8168g-3.fw'])
  t.match(checkFirmware(dir, 'x86_64', false), [
    { result: 'warn', says: /^Files are missing for the drivers bnx2;/, remedy: /--firmware DIR/ },
  ])
  t.match(checkFirmware(dir, 'x86_64', true), [{ remedy: /\.\/eims bundle OUT\.tar --firmware DIR where/ }])
  make(wanted.map(({ file }) => `lib/firmware/${file}`))
  t.match(checkFirmware(dir, 'x86_64', false), [{ result: 'ok' }])
  t.strictSame(checkFirmware(dir, 'arm64', false), [], 'not made here')
})

await t.test('the database: the service’s, one that is away, one that is none, the embedded one', async (t) => {
  const health = { status: 200 }
  const server = createServer((_, response) => response.writeHead(health.status).end('{}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dir = folder(t)
  t.equal(await findService(dir), null)
  writeFileSync(join(dir, 'local.json'), JSON.stringify({ url: `http://127.0.0.1:${port}`, key: 'key' }))
  t.match(await checkDatabase(await findService(dir), undefined), { result: 'ok', says: /^It answers/ })
  health.status = 503
  t.match(await checkDatabase(await findService(dir), undefined), { result: 'fail', says: /cannot reach its database/ })
  const url = `postgresql://eims:secret@127.0.0.1:${port}/eims`
  t.match(await checkDatabase(null, url), { result: 'ok' })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  t.equal(await findService(dir), null, 'what a service that was killed left behind is no service')
  const away = await checkDatabase(null, url)
  t.match(away, { result: 'fail', says: `PostgreSQL at 127.0.0.1:${port} cannot be reached (ECONNREFUSED).` })
  t.notMatch(JSON.stringify(away), 'secret')
  t.match(await checkDatabase(null, 'mysql://x'), { result: 'fail', says: /no address of a PostgreSQL/ })
  t.match(await checkDatabase(null, undefined), { result: 'ok', says: /embedded/ })
})
