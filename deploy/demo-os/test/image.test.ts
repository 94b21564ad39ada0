import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { fetchIpxe } from '../../ipxe/fetch.ts'
import { buildDemoOs } from '../build.ts'

// One promise: the demo OS is a small disk that UEFI boots, with the kernel, the drivers and the scripts it takes.

t.setTimeout(600_000)
const run = promisify(execFile)
const cacheDir = resolve(process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims'))
const log = (line: string) => t.comment(line)
await fetchIpxe({ cacheDir, outDir: join(cacheDir, 'artifacts'), log })
const image = await buildDemoOs({ cacheDir, log })
const volume = ['-i', `${image}@@1M`]
const read = async (name: string) =>
  (await run('mtype', [...volume, `::${name}`], { encoding: 'buffer', maxBuffer: 64e6 })).stdout

await t.test('firmware, loader, kernel, initrd', async (t) => {
  t.equal(await buildDemoOs({ cacheDir, log }), image, 'made once')
  t.equal((await stat(image)).size, 30 * 1024 * 1024)
  t.match((await run('sgdisk', ['--verify', '--info=1', image])).stdout, /EFI system partition/)
  t.strictSame(await read('/EFI/BOOT/BOOTX64.EFI'), await readFile(join(cacheDir, 'artifacts/ipxe/ipxe.efi')))
  t.match((await read('/EFI/BOOT/autoexec.ipxe')).toString(), /^#!ipxe\n(?:.*\n)*?.*file:\/demo\/vmlinuz /)
  t.equal((await read('/demo/vmlinuz')).subarray(0, 2).toString(), 'MZ', 'a kernel that UEFI can start')

  const initrd = zstdDecompressSync(await read('/demo/initrd.zst')).toString('latin1')
  for (const name of ['init', 'bin/busybox', 'demo/read-seed', 'demo/lease', 'modules.dep'])
    t.match(initrd, new RegExp(`${name}\0`), name)
  for (const driver of ['virtio_net', 'virtio_blk', 'fs/fat/vfat']) t.match(initrd, `${driver}.ko\0`, driver)
})
