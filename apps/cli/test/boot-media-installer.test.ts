import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ProfileInput } from '@eims/contracts'
import {
  type Contents,
  checkPieces,
  encodeCustomization,
  openMedium,
  PRISTINE,
  piecesOf,
  readCustomization,
} from '@eims/medium'
import t from 'tap'
import { readable, writeInstaller } from '../src/boot-media/installer.ts'
import { mediaTools } from '../src/boot-media/tools.ts'
import { placesOf } from '../src/up/places.ts'
import { mediumArtifacts } from './support/medium-artifacts.ts'

// One promise: a medium that needs no server is a stick and a disc at once, whole by its own digests, and the same each time.

const run = promisify(execFile)
const dir = t.testdir()
const artifactsDir = await mediumArtifacts(dir)
const blobs = new Map(['a manifest', 'a frame'].map((text) => [hash('sha256', text), Buffer.from(text)]))
const contents: Contents = {
  architecture: 'x86_64',
  profiles: [
    {
      profile: ProfileInput.parse({ name: 'pos', image: 'debian-13' }),
      image: {
        name: 'debian-13',
        manifestSha256: hash('sha256', 'a manifest'),
        rawSize: 4096,
        frameCount: 1,
        facts: null,
        k3sVersion: null,
      },
      addons: [],
    },
  ],
  blobs: [...blobs].map(([digest, { length }]) => [digest, length]),
}
const out = join(dir, 'medium.img')
const steps: string[] = []
const tools = mediaTools(placesOf(process.env))
const make = (file: string, fetch = async (digest: string) => blobs.get(digest)!, custom?: Buffer) =>
  writeInstaller({
    contents,
    fetch,
    custom,
    artifactsDir,
    tools,
    out: file,
    onProgress: (done, total) => void steps.push(`${done}/${total}`),
  })
const made = await make(out)

await t.test('it is whole, and says so itself', async (t) => {
  await using file = await open(out)
  const medium = (await openMedium(readable(file)))!
  t.equal(medium.directory.seal, made.seal)
  await checkPieces(readable(file), piecesOf(medium), () => {}, new AbortController().signal)
  t.equal(hash('sha256', await readFile(out)), made.sha256, 'its hash is that of the file')
  t.strictSame(steps, ['10/17', '17/17'])
  t.equal((await readFile(out)).length, made.size)
})

await t.test('a stick and a disc: start code, an active partition, El Torito for BIOS and UEFI', async (t) => {
  const image = await readFile(out)
  t.strictSame([image[510], image[511]], [0x55, 0xaa])
  t.equal([0, 1, 2, 3].filter((entry) => image[446 + 16 * entry] === 0x80).length, 1)
  t.match((await run('sgdisk', ['--info=3', out])).stdout, /9A3F6B1E-5D27-4C80-9E41-65696D73696E/)
  const { stdout } = await run('sgdisk', ['--info=2', out])
  const volume = ['-i', `${out}@@${Number(/First sector: (\d+)/.exec(stdout)?.[1]) * 512}`]
  const read = async (name: string) => (await run('mtype', [...volume, `::/${name}`])).stdout
  t.equal(await read('EFI/BOOT/BOOTX64.EFI'), 'shim'.repeat(1000))
  t.equal(await read('EFI/BOOT/grubx64.efi'), 'GRUB'.repeat(1000))
  const marker = `/eims/${made.seal.slice(0, 32)}`
  const config = `search --no-floppy --set=root --file ${marker}
linux /boot/vmlinuz console=tty0 console=ttyS0,115200 quiet loglevel=4 panic=30
initrd /boot/initrd.zst /boot/medium.img
boot
`
  t.equal(await read('boot/grub/grub.cfg'), config)
  const report = (await run('xorriso', ['-indev', out, '-report_el_torito', 'plain'])).stdout
  t.match(report, /El Torito boot img :\s+1\s+BIOS\s+y/)
  t.match(report, /El Torito boot img :\s+2\s+UEFI\s+y/)
  await run('xorriso', ['-osirrox', 'on', '-indev', out, '-extract', '/', join(dir, 'disc')])
  const onDisc = (name: string) => readFile(join(dir, 'disc', name), 'utf8')
  t.equal(await onDisc('boot/grub/grub.cfg'), config, 'of a disc GRUB looks into no partition')
  t.equal(await onDisc('boot/vmlinuz'), 'the kernel'.repeat(1000))
  t.equal(await onDisc(marker), `${made.seal}\n`)
  t.match(await onDisc('isolinux/isolinux.cfg'), /initrd \/boot\/initrd\.zst,\/boot\/medium\.img\n/)
  const own = join(dir, 'own')
  await mkdir(own)
  const added = await readFile(join(dir, 'disc/boot/medium.img'))
  // after the packed one, at an address that four divides
  const second = added.indexOf('070701')
  t.equal(second % 4, 0)
  await writeFile(join(dir, 'first'), added.subarray(0, second))
  await writeFile(join(dir, 'second'), added.subarray(second))
  const unpack = 'cd "$1" && zstd -dcq ../first 2>/dev/null | cpio -id --quiet; cpio -id --quiet <../second'
  await run('sh', ['-c', unpack, 'sh', own])
  t.equal(await readFile(join(own, 'eims/agent.mjs'), 'utf8'), 'the agent'.repeat(1000))
  t.equal(await readFile(join(own, 'eims/agent.digest'), 'utf8'), `${hash('sha256', 'the agent'.repeat(1000))}\n`)
  t.equal(await readFile(join(own, 'eims/runtime.squashfs'), 'utf8'), 'the runtime'.repeat(1000))
  t.strictSame(JSON.parse(await readFile(join(own, 'eims/medium.json'), 'utf8')), { seal: made.seal })
})

await t.test('the same inputs give the same bytes; one that cannot be made leaves the older one', async (t) => {
  const again = join(dir, 'again.img')
  t.strictSame(await make(again), made)
  t.ok((await readFile(again)).equals(await readFile(out)))
  await t.rejects(
    make(again, async () => Buffer.alloc(1)),
    { message: /has 1 bytes, and not 10/ },
  )
  t.ok((await readFile(again)).equals(await readFile(out)))
})

await t.test('one that is made with a list has it, and the same pristine hash', async (t) => {
  const file = join(dir, 'listed.img')
  const units = [{ serial: 'SN-1', name: 'till-1', profile: null, config: null }]
  const custom = encodeCustomization({ ...PRISTINE, units })
  t.strictSame(await make(file, undefined, custom), made)
  await using listed = await open(file)
  const medium = (await openMedium(readable(listed)))!
  t.match((await readCustomization(readable(listed), medium)).customization, { units })
})
