import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildTargetImage, fetchDebianTree, run } from '@eims/lab'
import { CACHE } from '../cache.ts'

const log = (line: string) => process.stderr.write(`# ${line}\n`)

/** Where a target image's ESP begins, as mtools says it (packages/lab/src/target/disk.ts). */
const ESP = '@@2M'

const GRUB_CFG = `search --no-floppy --label eims-target --set=root
linux /vmlinuz root=LABEL=eims-target ro console=tty0 console=ttyS0,115200 mitigations=off no_timer_check
initrd /initrd.img
boot
`

/** Debian's signed loaders for disks. */
export async function signedLoaders(): Promise<{ shim: string; grub: string }> {
  const tree = await fetchDebianTree({
    cacheDir: CACHE,
    name: 'signed-loaders-trixie',
    release: 'trixie',
    packages: ['shim-signed', 'grub-efi-amd64-signed'],
  })
  return {
    shim: join(tree, 'usr/lib/shim/shimx64.efi.signed'),
    grub: join(tree, 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'),
  }
}

/**
 * Image A as an enforcing machine boots it: its unsigned GRUB makes room for Debian's shim and signed GRUB. The kernel is
 * Debian's signed one anyway.
 * @returns where it lies in `dir`, and its digest
 */
export async function signedTarget(dir: string): Promise<{ path: string; sha256: string }> {
  const built = await buildTargetImage({ variant: 'A', cacheDir: CACHE, log })
  const { shim, grub } = await signedLoaders()
  const path = join(dir, 'A-signed.raw')
  const cfg = join(dir, 'grub.cfg')
  await run('cp', ['--sparse=always', built.path, path])
  await writeFile(cfg, GRUB_CFG)
  const esp = ['-i', `${path}${ESP}`]
  await run('mmd', [...esp, '::/EFI/debian'])
  const signed: [string, string][] = [
    [shim, 'EFI/BOOT/BOOTX64.EFI'],
    [grub, 'EFI/BOOT/grubx64.efi'],
    [cfg, 'EFI/debian/grub.cfg'],
  ]
  for (const [from, to] of signed) await run('mcopy', [...esp, '-o', from, `::/${to}`])
  const { stdout } = await run('sha256sum', [path], { timeoutMs: 120_000 })
  return { path, sha256: stdout.slice(0, 64) }
}
