import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { fetchIpxe } from '../fetch.ts'

t.setTimeout(600_000)

/** PE machine types (Microsoft PE/COFF specification, section 3.3.1). */
const MACHINE = { 'snponly.efi': 0x8664, 'ipxe.efi': 0x8664, 'ipxe-arm64.efi': 0xaa64 }

await t.test('the boot files are there, for the right machines, with their digests', async (t) => {
  const outDir = await mkdtemp(join(tmpdir(), 'eims-ipxe-'))
  t.teardown(() => rm(outDir, { recursive: true }))
  const cacheDir = process.env.EIMS_CACHE ?? join(homedir(), '.cache', 'eims')
  const manifest = await fetchIpxe({ cacheDir, outDir, log: (line) => t.comment(line) })
  t.strictSame(JSON.parse(await readFile(join(outDir, 'ipxe/manifest.json'), 'utf8')), manifest)
  t.strictSame(Object.keys(manifest.files), ['snponly.efi', 'ipxe.efi', 'ipxe-arm64.efi', 'undionly.kpxe', 'ipxe.lkrn'])
  for (const [name, { size, sha256 }] of Object.entries(manifest.files)) {
    const bytes = await readFile(join(outDir, 'ipxe', name))
    t.equal(bytes.length, size, name)
    t.equal(createHash('sha256').update(bytes).digest('hex'), sha256, name)
  }
  for (const [name, machine] of Object.entries(MACHINE)) {
    const bytes = await readFile(join(outDir, 'ipxe', name))
    t.equal(bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4), machine, name)
  }
  const bios = await readFile(join(outDir, 'ipxe/undionly.kpxe'))
  t.match(bios.toString('latin1'), /UNDI/)

  await t.test('the package that knows autoexec.ipxe and HTTPS on UEFI, not the one from 2019', async (t) => {
    const released = Number(/git(\d{4})/.exec(manifest.packages[0]!.version)?.[1])
    t.ok(released >= 2025, manifest.packages[0]!.version)
  })
})
