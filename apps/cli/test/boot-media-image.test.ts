import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { writeImage } from '../src/boot-media/image.ts'
import { mediaTools } from '../src/boot-media/tools.ts'
import { placesOf } from '../src/up/places.ts'

// One promise: the image is a stick and a disc at once, holds what it was given, and the same inputs give the same bytes.

const run = promisify(execFile)
const dir = await mkdtemp(join(tmpdir(), 'eims-boot-media-'))
t.teardown(() => rm(dir, { recursive: true }))
const files = { 'ipxe.efi': 'x86-64', 'ipxe-arm64.efi': 'arm64', 'ipxe.lkrn': 'BIOS' }
for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text.repeat(1000))
const script = '#!ipxe\necho hello\n'
const out = join(dir, 'stick.img')
const tools = mediaTools(placesOf(process.env))
const started = Date.now()
await writeImage({ ipxeDir: dir, script, out, tools })
const image = await readFile(out)

await t.test('a stick: MBR code, one active partition, and an EFI system partition in the GPT', async (t) => {
  t.strictSame([image[510], image[511]], [0x55, 0xaa])
  t.not(image.readUInt32LE(0), 0, 'start code')
  const active = [0, 1, 2, 3].filter((entry) => image[446 + 16 * entry] === 0x80)
  t.equal(active.length, 1, 'some BIOSes boot no stick without an active partition')
  const { stdout } = await run('sgdisk', ['--info=2', out])
  t.match(stdout, /C12A7328-F81F-11D2-BA4B-00A0C93EC93B \(EFI system partition\)/)
})

await t.test('UEFI of both architectures finds iPXE, and iPXE the script beside itself', async (t) => {
  const { stdout } = await run('sgdisk', ['--info=2', out])
  const volume = ['-i', `${out}@@${Number(/First sector: (\d+)/.exec(stdout)?.[1]) * 512}`]
  const list = (await run('mdir', [...volume, '-/', '-b', '::'])).stdout
    .split('\n')
    .filter((line) => !line.endsWith('/'))
  t.strictSame(list.filter(Boolean).sort(), [
    '::/EFI/BOOT/BOOTAA64.EFI',
    '::/EFI/BOOT/BOOTX64.EFI',
    '::/EFI/BOOT/autoexec.ipxe',
  ])
  const read = async (name: string) => (await run('mtype', [...volume, `::/EFI/BOOT/${name}`])).stdout
  t.equal(await read('autoexec.ipxe'), script)
  t.equal(await read('BOOTX64.EFI'), 'x86-64'.repeat(1000))
  t.equal(await read('BOOTAA64.EFI'), 'arm64'.repeat(1000))
})

await t.test('a disc: El Torito entries for BIOS and UEFI, ISOLINUX starts iPXE with the script', async (t) => {
  const report = (await run('xorriso', ['-indev', out, '-report_el_torito', 'plain'])).stdout
  t.match(report, /El Torito boot img :\s+1\s+BIOS\s+y/)
  t.match(report, /El Torito boot img :\s+2\s+UEFI\s+y/)
  const extract = ['-osirrox', 'on', '-indev', out, '-extract', '/', join(dir, 'disc')]
  await run('xorriso', extract)
  const read = (name: string) => readFile(join(dir, 'disc', name), 'utf8')
  t.equal(await read('autoexec.ipxe'), script)
  t.equal(await read('ipxe.lkrn'), 'BIOS'.repeat(1000))
  t.match(await read('isolinux/isolinux.cfg'), /linux \/ipxe\.lkrn\n {2}initrd \/autoexec\.ipxe\n/)
})

await t.test('again, at another time: the same bytes, and nothing is left beside it', async (t) => {
  // mkfs.fat, mcopy and xorriso ask the kernel for the time, and FAT counts in steps of 2 s.
  await sleep(Math.max(0, started + 2_100 - Date.now()))
  await writeImage({ ipxeDir: dir, script, out, tools })
  t.ok(image.equals(await readFile(out)))
  t.strictSame((await readdir(dir)).sort(), ['disc', 'ipxe-arm64.efi', 'ipxe.efi', 'ipxe.lkrn', 'stick.img'])
})

await t.test('an image that cannot be made leaves the old one as it was', async (t) => {
  await rm(join(dir, 'ipxe.lkrn'))
  await t.rejects(writeImage({ ipxeDir: dir, script, out, tools }), { code: 'ENOENT' })
  t.ok(image.equals(await readFile(out)))
})
